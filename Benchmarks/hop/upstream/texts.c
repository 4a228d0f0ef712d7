// The answers, as the bytes that go over the wire.
#include "texts.h"

#include <stdio.h>
#include <string.h>

enum { JSON_SIZE = 574, EVENT_SIZE = 180 };

static const char json[] =
    "{\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion\",\"created\":1700000000,"
    "\"model\":\"upstream\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"%s\"},"
    "\"logprobs\":null,\"finish_reason\":\"stop\"}],"
    "\"usage\":{\"prompt_tokens\":312,\"completion_tokens\":64,\"total_tokens\":376}}";
static const char delta[] =
    "data: {\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
    "\"model\":\"upstream\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"},\"finish_reason\":null}]}\n\n";
static const char lastDelta[] =
    "data: {\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
    "\"model\":\"upstream\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"%s\"},\"finish_reason\":\"stop\"}]}\n\n";
static const char usage[] =
    "data: {\"id\":\"chatcmpl-0123456789abcdef\",\"object\":\"chat.completion.chunk\",\"created\":1700000000,"
    "\"model\":\"upstream\",\"choices\":[],\"usage\":{\"prompt_tokens\":312,\"completion_tokens\":50,"
    "\"total_tokens\":362}}\n\n";
static const char head[] = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncache-control: no-cache\r\n"
                           "transfer-encoding: chunked\r\n\r\n";

Text answer, streamHead, event, lastEvent, usageEvent, done, lastChunk;

static Text textOf(const char *bytes) {
    return (Text){bytes, strlen(bytes)};
}

static Text chunk(char *to, const char *text) {
    sprintf(to, "%zx\r\n%s\r\n", strlen(text), text);
    return textOf(to);
}

// Puts as many x into the content of a template as make it `size` bytes long, at least one.
static void fill(char *to, const char *template, size_t size) {
    char filler[1024];
    size_t rest = strlen(template) - strlen("%s");
    memset(filler, 'x', sizeof filler);
    filler[size > rest ? size - rest : 1] = 0;
    sprintf(to, template, filler);
}

void makeTexts(void) {
    static char answerBytes[4096], eventBytes[4096], lastBytes[4096], usageBytes[512];
    char text[2048];
    fill(text, json, JSON_SIZE);
    sprintf(
        answerBytes, "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", strlen(text),
        text);
    answer = textOf(answerBytes);
    fill(text, delta, EVENT_SIZE);
    event = chunk(eventBytes, text);
    fill(text, lastDelta, EVENT_SIZE);
    lastEvent = chunk(lastBytes, text);
    usageEvent = chunk(usageBytes, usage);
    streamHead = textOf(head);
    done = textOf("e\r\ndata: [DONE]\n\n\r\n");
    lastChunk = textOf("0\r\n\r\n");
}
