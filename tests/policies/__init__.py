"""Laws that hold for the whole house, tested on the real database roles."""
