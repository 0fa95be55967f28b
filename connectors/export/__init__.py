"""What no-code platforms and tools take: files made from a manifest, for each platform in its own form."""
