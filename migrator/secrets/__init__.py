"""Secrets: what is one (`literals`), covered where text is shown and told (`masking`), read from the environment where code is written (`code`)."""
