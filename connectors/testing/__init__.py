"""What a manifest is proven with: recorded traffic, played back offline."""
