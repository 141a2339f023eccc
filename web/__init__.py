"""The studio: pages over the pipeline's stages."""
