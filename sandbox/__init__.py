"""Servers on the loopback that behave as the platforms document it. A module without underscore is one platform."""
