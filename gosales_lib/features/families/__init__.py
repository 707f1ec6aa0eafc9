"""The feature families, one file each; importing a file registers its family."""
