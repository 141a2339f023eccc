"""Panic: everything shut within seconds, and opened again step by step.

`switch` says whether it is on, and is asked by whatever sends, reads originals or stores secrets; `pressing` does it;
`ending` is the way back; `telling` puts both into words.
"""
