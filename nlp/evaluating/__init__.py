"""Parts of an evaluation: the labelled file, the codings, their scores. `nlp.evaluate` puts them together."""
