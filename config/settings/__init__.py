"""Settings, one concern a file; dev, test and prod choose."""
