// Takes the place of the module until it has its first file.
