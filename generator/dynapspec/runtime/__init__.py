"""Plain code that holds no fact of any spec: used here, and copied as it is into generated packages."""
