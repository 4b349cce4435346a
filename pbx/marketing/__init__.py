"""Marketing calls: whether one may leave now, by what is known of its number, and what people have wished."""
