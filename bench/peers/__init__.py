"""The references: small programs that do as little as can be done."""
