"""Fine-tuning (extra ``train``)."""
