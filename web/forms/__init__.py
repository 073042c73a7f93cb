"""What a form sends, read into the command of a deed; nothing that a form does not name gets through."""
