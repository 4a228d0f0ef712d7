"""A model that makes an embedding of each text."""

import numpy as np
import torch
from roundhouse_engine import ApiError, LoadError
from sentence_transformers import SentenceTransformer

from texts import in_batches, limit_of, read_tokens


class BiEncoderModel:
    embeds = True

    def __init__(self, given, truncate):
        if given.threads:
            torch.set_num_threads(given.threads)
        try:
            self.model = SentenceTransformer(given.model, device=given.device, local_files_only=True)
        except Exception as error:  # broken files raise many kinds
            raise LoadError(f"sentence-transformers could not load {given.model}: {' '.join(str(error).split())}") from error
        self.alias, self.batch, self.truncate = given.alias, given.batch_size, truncate
        self.tokenizer = self.model.tokenizer
        self.limit = limit_of(self.model.max_seq_length, self.tokenizer)
        self.prompt = self.model.prompts.get(self.model.default_prompt_name) or ""
        self.width = self._compute(["warm-up"]).shape[1]

    def decode(self, tokens):
        """The text of token numbers."""
        size = len(self.tokenizer)
        for token in tokens:
            if not 0 <= token < size:
                raise ApiError(f"token {token} is not of this model, whose tokens are 0 to {size - 1}; send text", param="input",
                               code="invalid_value")
        return self.tokenizer.decode(tokens, skip_special_tokens=True)

    def embed(self, texts, left, size=None, name="input"):
        """A float32 row for each text, of the first `size` dimensions at length 1 if that is not all; and the tokens read."""
        counts = [len(ids) for ids in self.tokenizer([self.prompt + text for text in texts], verbose=False)["input_ids"]]
        tokens = read_tokens(counts, self.limit, self.truncate, name)
        rows = np.concatenate([self._compute(batch) for batch in in_batches(texts, self.batch, left)])
        return (rows if size in (None, self.width) else unit(rows[:, :size])), tokens

    def rank(self, query, documents, left):
        """The cosine of the query with each document, and the tokens read."""
        of_query, first = self.embed([query], left, name="query")
        of_documents, rest = self.embed(documents, left, name="documents")
        return unit(of_documents) @ unit(of_query)[0], first + rest

    def _compute(self, texts):
        return self.model.encode(texts, batch_size=len(texts), show_progress_bar=False, convert_to_numpy=True).astype(np.float32)


def unit(rows):
    """The rows at length 1; a row of zeros stays."""
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
