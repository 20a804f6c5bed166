"""What the end-to-end tests are made of: the built programs, scripted servers, and clients that speak raw DNS."""
