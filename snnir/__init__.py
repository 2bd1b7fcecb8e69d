"""snnir: ONNX physics-informed neural networks to spiking neural networks."""
