"""Our own speech model, changed in the ways in which real model files differ or are broken."""

import struct

import numpy

F32, F16, Q8_0 = 0, 1, 8
VALUES = {F32: (1, 4), F16: (1, 2), Q8_0: (32, 34)}


class GgmlFile:
    """A whisper.cpp file taken apart. `header` has vocabulary first and type last; tensors are [name, shape, type, bytes]."""

    def __init__(self, path):
        self.rest = path.read_bytes()
        self.magic, *self.header = self._ints(12)
        filters = self._ints(2)
        self.filters = struct.pack("<2i", *filters) + self._bytes(filters[0] * filters[1] * 4)
        self.strings = [self._bytes(*self._ints(1)) for _ in range(*self._ints(1))]
        self.tensors = []
        while self.rest:
            dimensions, length, kind = self._ints(3)
            shape = self._ints(dimensions)
            name = self._bytes(length).decode()
            per_block, block = VALUES[kind]
            self.tensors.append([name, shape, kind, self._bytes(int(numpy.prod(shape)) // per_block * block)])

    def _bytes(self, count):
        found, self.rest = self.rest[:count], self.rest[count:]
        return found

    def _ints(self, count):
        return list(struct.unpack(f"<{count}i", self._bytes(4 * count)))

    def tensor(self, name):
        return next(each for each in self.tensors if each[0] == name)

    def write(self, path):
        parts = [struct.pack("<12i", self.magic, *self.header), self.filters, struct.pack("<i", len(self.strings))]
        parts += [struct.pack("<i", len(each)) + each for each in self.strings]
        for name, shape, kind, data in self.tensors:
            head = struct.pack("<3i", len(shape), len(name), kind) + struct.pack(f"<{len(shape)}i", *shape)
            parts.append(head + name.encode() + data)
        path.write_bytes(b"".join(parts))
        return path


def multilingual(source, path):
    """With the vocabulary of a model of all languages: one more id below the special ones, which it moves up by one."""
    file = GgmlFile(source)
    file.header[0] += 1
    table = file.tensor("decoder.token_embedding.weight")
    table[1][1] += 1
    row = table[1][0] // 32 * 34
    place = 50_000 * row
    table[3] = table[3][:place] + table[3][place - row:]
    return file.write(path)


def two_decoder_layers(source, path):
    """whisper.cpp takes such a model for one without timestamps."""
    file = GgmlFile(source)
    file.header[8] = 2
    file.tensors = [each for each in file.tensors if not each[0].startswith("decoder.blocks.2.")]
    return file.write(path)


def float_convolution(source, path):
    """The first convolution as f32, which aborts in ggml's im2col."""
    file = GgmlFile(source)
    tensor = file.tensor("encoder.conv1.weight")
    tensor[2:] = [F32, numpy.frombuffer(tensor[3], "<f2").astype("<f4").tobytes()]
    return file.write(path)


def renamed(source, path, old, new):
    """With other letters for one of its words."""
    file = GgmlFile(source)
    file.strings[file.strings.index(old)] = new
    return file.write(path)


def unknown_type(source, path):
    file = GgmlFile(source)
    file.tensor("decoder.ln.weight")[2] = 99
    return file.write(path)


def without_weights(source, path):
    file = GgmlFile(source)
    file.tensors = []
    return file.write(path)
