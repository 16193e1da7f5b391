"""`madoguchi sessions gaps`: what customers asked and the documents do not answer."""
