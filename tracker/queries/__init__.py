"""What pages show: read-only, narrowed to what the viewer may see, one file a page family."""
