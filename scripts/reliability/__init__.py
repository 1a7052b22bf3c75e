"""What a store and its service withstand."""
