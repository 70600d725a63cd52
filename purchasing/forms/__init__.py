"""What shoppers type, part by part."""
