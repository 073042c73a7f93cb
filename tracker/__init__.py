"""The register and its rules: decides what sightings mean."""
