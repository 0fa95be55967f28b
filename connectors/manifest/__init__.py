"""What a vendor's YAML may say, and how it is read and checked."""
