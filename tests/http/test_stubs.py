#!/usr/bin/env python3
"""Stubs as a client sees them: what a test puts into the mouth of a model, whole and as a stream, with and without the
model."""
import json

import tunemock

STUBS = "/emulator/v1/stubs"
TUNED = "tunedModels/x"
BASE = "models/gemini-1.5-flash"
EMBEDDER = "models/text-embedding-004"
TEXT = "The sky was clear, and so it stayed: no cloud from the morning on to the night, nor rain."


def add(server, **stub):
    status, answer = server.json("POST", STUBS, stub)
    assert status == 200, answer
    return answer["id"]


def prompt(text, **fields):
    return {"contents": [{"parts": [{"text": text}]}], **fields}


def post(server, path, body, headers=None):
    """Status, JSON, and the header that says what made the answer."""
    status, head, content = server.request("POST", f"/v1beta/{path}", body, headers)
    return status, json.loads(content), head.get("X-Emulator-Answer")


def ask(server, text, model=TUNED, **fields):
    return post(server, f"{model}:generateContent", prompt(text, **fields))


def stream(server, text, model=TUNED, query="?alt=sse", **fields):
    """The chunks of a stream, of events or of an array."""
    path = f"/v1beta/{model}:streamGenerateContent{query}"
    status, head, content = server.request("POST", path, prompt(text, **fields))
    if status != 200 or not query:
        chunks = json.loads(content)
    else:
        chunks = [json.loads(event[len("data: "):]) for event in content.decode().split("\r\n\r\n") if event]
    return status, chunks, head.get("X-Emulator-Answer")


def texts(answer, index=0):
    """All text of one candidate of an answer, or of chunks."""
    chunks = answer if isinstance(answer, list) else [answer]
    parts = [part for chunk in chunks for candidate in chunk.get("candidates", []) if candidate["index"] == index
             for part in candidate.get("content", {}).get("parts", [])]
    return "".join(part["text"] for part in parts)


def reason(answer, index=0):
    last = answer[-1] if isinstance(answer, list) else answer
    return [candidate.get("finishReason") for candidate in last["candidates"] if candidate["index"] == index][0]


def test_a_scenario_plays_from_its_beginning_to_its_end():
    with tunemock.start() as server:
        # Three polls, three replies; the last is said again.
        polls = add(server, match={"model": TUNED, "prompt": "how far?"},
                    replies=[{"text": "one third"}, {"text": "two thirds"}, {"text": "done"}])
        told = [ask(server, "how far?") for _ in range(4)]
        assert [texts(answer) for _, answer, _ in told] == ["one third", "two thirds", "done", "done"], told
        assert {(status, source) for status, _, source in told} == {(200, f"stub:{polls}")}, told

        # A call sets a state, which the next requires.
        add(server, match={"model": TUNED, "prompt": "paid?"}, scenario={"name": "order", "requires": ""},
            reply={"text": "not yet"})
        add(server, match={"model": TUNED, "prompt": {"contains": "pay"}}, scenario={"name": "order", "sets": "paid"},
            reply={"text": "thank you"})
        add(server, match={"model": TUNED, "prompt": "paid?"}, scenario={"name": "order", "requires": "paid"},
            reply={"text": "yes"})
        assert texts(ask(server, "paid?")[1]) == "not yet"
        assert texts(ask(server, "I pay")[1]) == "thank you"
        assert texts(ask(server, "paid?")[1]) == "yes"

        # A group of the regex stands in the answer.
        add(server, match={"prompt": {"regex": "weather in ([A-Z][a-z]+)"}},
            reply={"text": "In {{match.1}} it rains, says {{model}}, {{count}} times."})
        assert texts(ask(server, "the weather in Oslo, please")[1]) == f"In Oslo it rains, says {TUNED}, 1 times."
        assert texts(stream(server, "the weather in Rome")[1]) == f"In Rome it rains, says {TUNED}, 2 times."

        # Too many requests, once; then the text.
        once = add(server, match={"prompt": "again"},
                   replies=[{"error": {"preset": "quota", "retryAfter": "7s"}}, {"text": "here"}])
        status, head, content = server.request("POST", f"/v1beta/{TUNED}:generateContent", prompt("again"))
        assert (status, head["Retry-After"], head["X-Emulator-Answer"]) == (429, "7", f"stub:{once}"), (status, content)
        assert json.loads(content)["error"]["status"] == "RESOURCE_EXHAUSTED", content
        status, answer, source = ask(server, "again")
        assert (status, texts(answer), source) == (200, "here", f"stub:{once}")

        # Blocked in the middle of a stream.
        add(server, match={"prompt": "unsafe"}, reply={"text": TEXT, "finishReason": "SAFETY"})
        status, chunks, _ = stream(server, "unsafe")
        assert status == 200 and len(chunks) > 2, chunks
        assert texts(chunks) == TEXT and reason(chunks) == "SAFETY", chunks
        assert "content" not in chunks[-1]["candidates"][0], chunks[-1]
        assert any(rating["probability"] == "HIGH" for rating in chunks[-1]["candidates"][0]["safetyRatings"])

        # The journal knows who answered.
        _, journal = server.json("GET", f"/emulator/v1/requests?answer=stub:{polls}")
        assert len(journal["requests"]) == 4, journal


def test_a_group_has_nothing_of_the_labels_around_an_input():
    with tunemock.start() as server:
        add(server, match={"prompt": {"regex": "weather in (.*)"}}, reply={"text": "[{{match.1}}]"})
        for asked in ("weather in Rome", "input: weather in Rome\noutput: ", "weather in Rome\noutput:"):
            assert texts(ask(server, asked)[1]) == "[Rome]", asked
        add(server, match={"prompt": {"regex": "^input: (.*)$"}}, reply={"text": "<{{match.1}}>"})
        assert texts(ask(server, "input: Rome")[1]) == "<Rome>"


def test_what_a_stream_says_is_what_a_whole_answer_says():
    replies = [
        {"text": TEXT}, {"text": ""}, {"text": "short"}, {"text": TEXT, "finishReason": "MAX_TOKENS"},
        {"text": TEXT, "finishReason": "SAFETY"}, {"text": TEXT, "finishReason": "RECITATION"},
        {"text": "שלום 世界 👩‍👩‍👧 " * 20}, {"finishReason": "SAFETY"}, {"finishReason": "STOP"}]
    with tunemock.start() as server:
        for reply in replies:
            server.json("DELETE", STUBS)
            add(server, match={}, reply=reply)
            for model in (TUNED, BASE):
                whole = ask(server, "x", model)
                assert whole[0] == 200, whole
                assert texts(whole[1]) == reply.get("text", ""), whole
                assert reason(whole[1]) == reply.get("finishReason", "STOP"), whole
                for query in ("?alt=sse", ""):
                    streamed = stream(server, "x", model, query)
                    assert streamed[0] == 200 and streamed[2] == whole[2], streamed
                    assert texts(streamed[1]) == texts(whole[1]), (reply, streamed)
                    assert reason(streamed[1]) == reason(whole[1]), (reply, streamed)


def test_a_blocked_prompt_has_feedback_and_no_candidate():
    with tunemock.start() as server:
        add(server, match={}, reply={"blockReason": "PROHIBITED_CONTENT"})
        for answer in (ask(server, "x")[1], *stream(server, "x")[1]):
            assert answer["promptFeedback"] == {"blockReason": "PROHIBITED_CONTENT"}, answer
            assert "candidates" not in answer, answer


def test_a_response_is_given_as_it_is_in_a_stream_as_its_only_chunk():
    response = {"candidates": [{"content": {"parts": [{"text": "a"}, {"text": "{{prompt}} \"{{count}}\""}],
                                            "role": "model"}, "finishReason": "STOP", "index": 0}],
                "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 8, "totalTokenCount": 15}}
    with tunemock.start() as server:
        add(server, match={}, reply={"response": response})
        for count, query in enumerate((None, "?alt=sse", "", "?alt=sse&fields=usageMetadata"), 1):
            expected = json.loads(json.dumps(response).replace("{{prompt}}", "say \\\"x\\\"")
                                  .replace("{{count}}", str(count)))
            if query is None:
                assert ask(server, "say \"x\"")[1] == expected
            elif "fields" in query:
                assert stream(server, "say \"x\"", TUNED, query)[1] == [{"usageMetadata": expected["usageMetadata"]}]
            else:
                assert stream(server, "say \"x\"", TUNED, query)[1] == [expected]


def test_a_text_is_cut_as_any_answer_unless_its_stub_says_how_it_ends():
    with tunemock.start() as server:
        add(server, match={"prompt": "open"}, reply={"text": TEXT})
        add(server, match={"prompt": "closed"}, reply={"text": TEXT, "finishReason": "STOP"})
        stop = {"generationConfig": {"stopSequences": ["cloud"]}}
        few = {"generationConfig": {"maxOutputTokens": 3}}
        for give in (ask, stream):
            assert texts(give(server, "open", **stop)[1]) == TEXT[:TEXT.index("cloud")]
            cut = give(server, "open", **few)[1]
            assert reason(cut) == "MAX_TOKENS" and TEXT.startswith(texts(cut)) and texts(cut) != TEXT, cut
            for fields in (stop, few):
                whole = give(server, "closed", **fields)[1]
                assert (texts(whole), reason(whole)) == (TEXT, "STOP"), whole


def test_each_candidate_says_it():
    with tunemock.start() as server:
        add(server, match={}, reply={"text": TEXT})
        for give in (ask, stream):
            answer = give(server, "x", generationConfig={"candidateCount": 3})[1]
            assert [texts(answer, i) for i in range(3)] == [TEXT] * 3, answer


def test_generate_text_answers_in_its_own_shape():
    body = {"prompt": {"text": "x"}, "candidateCount": 2}
    with tunemock.start() as server:
        for reply, outputs, filters in (
                ({"text": TEXT}, [TEXT, TEXT], None),
                ({"text": TEXT, "finishReason": "SAFETY"}, [TEXT, TEXT], [{"reason": "SAFETY"}]),
                ({"finishReason": "RECITATION"}, None, [{"reason": "OTHER"}]),
                ({"blockReason": "SAFETY"}, None, [{"reason": "SAFETY"}])):
            server.json("DELETE", STUBS)
            number = add(server, match={"method": "tunedModels.generateText"}, reply=reply)
            status, answer, source = post(server, f"{TUNED}:generateText", body)
            assert (status, source) == (200, f"stub:{number}"), answer
            given = [candidate["output"] for candidate in answer["candidates"]] if "candidates" in answer else None
            assert given == outputs and answer.get("filters") == filters, (reply, answer)


def test_embeddings_and_counts_answer_from_stubs_that_name_them():
    embed = {"content": {"parts": [{"text": "cat"}]}}
    batch = {"requests": [{"model": EMBEDDER, **embed}]}
    with tunemock.start() as server:
        cases = (("models.embedContent", f"{EMBEDDER}:embedContent", embed, {"embedding": {"values": [0.5, -1]}}),
                 ("models.batchEmbedContents", f"{EMBEDDER}:batchEmbedContents", batch,
                  {"embeddings": [{"values": [0.25]}]}),
                 ("models.countTokens", f"{BASE}:countTokens", prompt("cat"), {"totalTokens": 77}))
        for method, path, body, response in cases:
            plain = post(server, path, body)
            assert plain[0] == 200 and plain[1] != response, plain
            number = add(server, match={"method": method}, reply={"response": response})
            assert post(server, path, body) == (200, response, f"stub:{number}")
            # No such model, and the stub answers all the same.
            other = json.loads(json.dumps(body).replace(EMBEDDER, "models/nothing"))
            assert post(server, "models/nothing:" + path.split(":")[1], other)[1] == response
        add(server, match={"method": "models.embedContent"}, priority=1, reply={"error": {"status": "UNAVAILABLE"}})
        assert post(server, f"{EMBEDDER}:embedContent", embed)[0] == 503
        # Generating is none of their business.
        assert ask(server, "cat", BASE)[2] == "base"


def test_a_request_that_would_be_refused_is_refused_and_takes_no_reply():
    with tunemock.start() as server:
        add(server, match={"model": TUNED}, replies=[{"text": "first"}, {"text": "second"}])
        for body in ({}, {"contents": []}, {"nonsense": 1}, prompt("x", generationConfig={"temperature": 3}),
                     prompt("x", generationConfig={"responseMimeType": "application/json"})):
            assert post(server, f"{TUNED}:generateContent", body)[0] == 400, body
        assert texts(ask(server, "x")[1]) == "first"
        # Whom no stub answers is answered as ever.
        assert ask(server, "x", "tunedModels/other")[0] == 404
        assert ask(server, "x", "models/other")[0] == 404


def test_a_call_in_which_too_much_is_to_be_looked_for_is_told_so():
    long = "a" * (16 << 20)
    for kind, field, answer in (("stubs", "prompt", {"reply": {"text": "found"}}),
                                ("faults", "body", {"status": "UNAVAILABLE"})):
        with tunemock.start() as server:
            for i in range(30):
                match = {"match": {field: {"contains": f"z{i}"}}, **answer}
                server.json("POST", f"/emulator/v1/{kind}", match)
            found = ask(server, "z7", BASE)
            assert (found[0], found[2]) == ((200, "stub:8") if kind == "stubs" else (503, "fault:8"))
            for config in ({"onNoMatch": "answer"}, {"onNoMatch": "error"}):
                server.json("PATCH", "/emulator/v1/config", config)
                status, told, name = ask(server, long + "z7", BASE)
                assert status == 400 and f"all {kind} take too long" in told["error"]["message"], told
                assert name is None
            # None was used by it, and what is shorter is answered on.
            _, listed = server.json("GET", f"/emulator/v1/{kind}")
            assert [item["hits"] for item in listed[kind]] == [int(i == 7) for i in range(30)]
            assert ask(server, "z7", BASE)[2].endswith(":8")


def test_a_fault_goes_first_and_takes_no_reply():
    with tunemock.start() as server:
        add(server, match={}, replies=[{"text": TEXT}, {"text": "second"}])
        tunable = "models/gemini-1.5-flash-001-tuning"
        for fault in ({"status": "UNAVAILABLE"}, {"finishReason": "SAFETY"}, {"preset": "retired"}):
            server.json("POST", "/emulator/v1/faults", {"times": 1, **fault})
            assert ask(server, "x", tunable)[2].startswith("fault:")
        assert texts(ask(server, "x", tunable)[1]) == TEXT


tunemock.run_tests(globals())
