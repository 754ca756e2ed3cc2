"""Tests' fakes: other people's servers, spoken to over real sockets."""
