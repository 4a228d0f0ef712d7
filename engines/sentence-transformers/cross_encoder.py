"""A model that reads the query and a document together and gives one score."""

import numpy as np
import torch
from roundhouse_engine import LoadError
from sentence_transformers import CrossEncoder

from texts import in_batches, limit_of, read_tokens


class CrossEncoderModel:
    embeds = False

    def __init__(self, given, truncate):
        if given.threads:
            torch.set_num_threads(given.threads)
        try:
            self.model = CrossEncoder(given.model, device=given.device, local_files_only=True)
        except Exception as error:  # broken files raise many kinds
            raise LoadError(f"sentence-transformers could not load {given.model}: {' '.join(str(error).split())}") from error
        self.alias, self.batch, self.truncate = given.alias, given.batch_size, truncate
        self.tokenizer = self.model.tokenizer
        self.limit = limit_of(self.model.max_length, self.tokenizer)
        self._compute([("warm", "up")])

    def rank(self, query, documents, left):
        """The score of each document, 0 to 1 unless the model's own activation says otherwise, and the tokens read."""
        pairs = [(query, document) for document in documents]
        counts = [len(ids) for ids in self.tokenizer(
            [query] * len(documents), documents, truncation=False, verbose=False)["input_ids"]]
        tokens = read_tokens(counts, self.limit, self.truncate, "documents")
        return np.concatenate([self._compute(batch) for batch in in_batches(pairs, self.batch, left)]), tokens

    def _compute(self, pairs):
        return np.asarray(self.model.predict(pairs, batch_size=len(pairs), show_progress_bar=False), np.float32).reshape(-1)
