"""Configuration files as people have them: Envoy's, Istio's and Envoy Gateway's, read into the values of this package."""
