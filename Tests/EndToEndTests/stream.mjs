// Reads a chat stream with fetch and prints its text. Usage: node stream.mjs BASE_URL QUESTION
const [base, question] = process.argv.slice(2);
const answer = await fetch(`${base}/v1/chat/completions`, {
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ model: "default", stream: true, messages: [{ role: "user", content: question }] }),
});
if (!answer.ok) throw new Error(`status ${answer.status}: ${await answer.text()}`);
let rest = "", text = "", done = false;
for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
  rest += piece;
  const events = rest.split("\n\n");
  rest = events.pop();
  for (const event of events) {
    const data = event.replace(/^data: /, "");
    if (data === "[DONE]") done = true;
    else text += JSON.parse(data).choices[0]?.delta?.content ?? "";
  }
}
if (!done) throw new Error("the stream ended without [DONE]");
process.stdout.write(text);
