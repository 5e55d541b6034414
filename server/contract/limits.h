/* Every bound that a client can run into, with the reason for its number. */
#ifndef SERVER_CONTRACT_LIMITS_H
#define SERVER_CONTRACT_LIMITS_H

enum {
    /* Model tuning guide of 2025-04-16, in Unicode code points. */
    TRAINING_INPUT_CHARACTERS_MAX = 40000,
    TRAINING_OUTPUT_CHARACTERS_MAX = 5000,
    PROMPT_CHARACTERS_MAX = 40000,

    /* Comment of TunedModel.display_name in the API's proto, in code points. */
    DISPLAY_NAME_CHARACTERS_MAX = 40,
    /* No limit is published; a description is a text for people. In code points. */
    DESCRIPTION_CHARACTERS_MAX = 40000,
    /* TunedModel.reader_project_numbers: published nowhere; more than anybody shares a model with,
     * and little beside a description. */
    READER_PROJECT_NUMBERS_MAX = 1000,
    /* Permissions of a model: as many. Each list and the model's deletion look at all of them. */
    PERMISSIONS_MAX = 1000,
    /* Examples of a data set: more than a body of 20 MiB has room for. Each answer looks through
     * their index. */
    TRAINING_EXAMPLES_MAX = 1000000,
    /* CreateTunedModelRequest.tuned_model_id: [a-z]([a-z0-9-]{0,38}[a-z0-9])?. */
    TUNED_MODEL_ID_LENGTH_MAX = 40,
    /* Suffixes of generated ids as recorded 2023 to 2024, and the least that is kept of one. Those
     * of 2025 fill the id up to its longest. */
    ID_SUFFIX_LENGTH = 12,
    ID_SUFFIX_LENGTH_MIN = 6,

    /* Comment of ListTunedModelsRequest.page_size: "at most 1000", silently. */
    PAGE_SIZE_MAX = 1000,
    TUNED_MODELS_PAGE_SIZE = 10,
    PERMISSIONS_PAGE_SIZE = 10,
    MODELS_PAGE_SIZE = 50,
    /* Of all lists of Vertex AI; not published for each. */
    VERTEX_PAGE_SIZE = 100,
    /* Comparisons in a filter of Vertex AI's lists: of ours. */
    VERTEX_FILTER_TERMS_MAX = 32,
    /* Not published. */
    OPERATIONS_PAGE_SIZE = 10,
    /* A page ends early, as the service's may, with the row by which its answer has as many bytes:
     * a thousand models with hundreds of snapshots each fit, and the memory for it has a bound. */
    PAGE_BYTES_MAX = 16777216,
    /* A page also ends early, perhaps with nothing on it, after it has looked at so many rows that
     * do not belong to it, or at so many bytes of texts for the words of a filter: some 30 ms. The
     * next page goes on there. */
    PAGE_ROWS_MAX = 10000,
    PAGE_SEARCHED_BYTES_MAX = 4194304,
    /* Words and phrases of a filter: each is looked for in every model. */
    FILTER_WORDS_MAX = 16,
    /* Names in one fields= expression: more than any message has, and few enough to compare all. */
    FIELDS_NAMES_MAX = 1000,

    /* Published nowhere; wide enough for anything a real job had, and keeps a plan's arithmetic in
     * range. */
    EPOCH_COUNT_MAX = 1000000,
    BATCH_SIZE_MAX = 1000000,
    /* A model's snapshots are listed in every answer: the trainer's steps are bounded so that an
     * answer is. Each has about 155 bytes in a model, and 370 in an operation that is done, which
     * lists it twice: 37 MB. Over it, create is refused. */
    TRAINING_STEPS_MAX = 100000,

    /* Of a tuning job of Vertex AI: one after each epoch of up to ten, of more epochs ten at even
     * distances (its page on checkpoints). */
    TUNING_CHECKPOINTS_MAX = 10,
    /* Jobs that made, or tried to make, versions of one model: they are looked for one by one.
     * Those that are asked for at one moment may be some more. */
    TUNING_VERSIONS_MAX = 500,
    /* TuningJob.tuned_model_display_name: "up to 128 characters long"; labels: "no longer than 64
     * characters" (comments of their protos); and how many is of Vertex AI's page on labels. */
    TUNING_NAME_CHARACTERS_MAX = 128,
    TUNING_LABEL_CHARACTERS_MAX = 64,
    TUNING_LABELS_MAX = 64,

    /* RFC 5321 section 4.5.3.1.3: a path of 256 octets, less its angle brackets. */
    EMAIL_ADDRESS_BYTES_MAX = 254,

    /* Of the proto's comments, GenerateTextRequest.candidate_count: "between [1, 8], inclusive". */
    CANDIDATES_MAX = 8,
    /* GenerationConfig.stop_sequences: "up to 5". */
    STOP_SEQUENCES_MAX = 5,

    /* "at most 100 requests can be in one batch", says the real batchEmbedContents. */
    EMBED_REQUESTS_MAX = 100,
    /* The largest inputTokenLimit of the embedding models; what a text has beyond its model's is
     * silently ignored. */
    EMBED_INPUT_TOKENS_MAX = 8192,

    /* The real service's JSON reader. */
    JSON_DEPTH_MAX = 100,
    /* Objects, lists and scalars of a body: 100,000 training examples have 300,004, and what is
     * built from a value takes up to 350 bytes. A larger --max-body raises it in proportion. */
    BODY_VALUES_MAX = 400000,
    /* Memory that one body takes while it is read, beside itself: with it, and a body of 20 MiB
     * and its buffers, the peak stays below 200 MiB. A larger --max-body raises it likewise. */
    BODY_DECODED_BYTES_MAX = 150 * 1024 * 1024,
    /* The same of all bodies at a time, with the data sets that are made of them, until they are
     * answered; or one of the largest, if --max-body makes that more. What a body takes below the
     * second number is not counted, so that ordinary requests are served whatever others do. */
    BODIES_DECODED_BYTES_MAX = 256 * 1024 * 1024,
    BODY_DECODED_FREE_BYTES = 64 * 1024,
    /* Of a seed, which only whoever starts the server chooses: some 2,500,000 examples. */
    SEED_VALUES_MAX = 8000000,
    /* What an error quotes of a name or value that a client sent. */
    QUOTE_BYTES_MAX = 1024,
    /* Problems reported for one body; the real service reports all, a flood serves nobody. */
    VIOLATIONS_MAX = 100,

    /* Body of a request unless --max-body says otherwise: 20 MiB, the real service's bound. */
    BODY_BYTES_MAX = 20971520,
    /* How much of a body that is too large is read and thrown away so that its sender gets to read
     * the answer; beyond it the connection is closed. */
    BODY_DISCARD_BYTES_MAX = 67108864,
    /* Bodies of all requests that are being read or answered at a time; or four of the largest, if
     * --max-body makes that more. Whoever sends more is cut off. */
    BODIES_BYTES_MAX = 268435456,
    /* Of a request's query, which may also come as a form in the body: a mask and a filter are
     * short, and each of its parts is looked at several times. Only a form can be longer. */
    QUERY_BYTES_MAX = 65536,
    /* Answers, whole ones and streams, that are made or wait for their readers, of all connections
     * together: five of the largest, or tens of thousands of ordinary ones. What is over is
     * answered with 503. */
    ANSWERS_BYTES_MAX = 201326592,
    /* Up to this an answer costs no more than its connection does and is not counted, so that what
     * others leave unread never stands in the way of an ordinary answer. */
    ANSWER_FREE_BYTES = 4096,
    /* A stream that waits has, beside its text: the blocks of two arenas, a piece and a buffer, and
     * what the journal is to keep of it. */
    STREAM_BYTES = 20480,
    /* Request line and headers; also the memory of an idle connection. */
    CONNECTION_MEMORY_BYTES = 16384,
    /* Origins and lists of header names come back to the client that sent them; longer ones are
     * left out. The head of the answer has to find room beside that of the request. */
    HEADER_VALUE_BYTES_MAX = 2048,
    /* Open connections, of about 17 KiB each, unless the system allows fewer: more than any test or
     * demo opens. Over it, new ones wait. */
    CONNECTIONS_MAX = 32768,
    /* New connections that have said nothing yet. Browsers open some ahead of need; more than these
     * at once are somebody's mistake, and the oldest make room. */
    PARKING_PLACES_MAX = 4096,
    /* A connection that sends nothing is closed after this long. */
    CONNECTION_IDLE_SECONDS = 60,
    /* Time for the first byte of a new connection, and for a request's head and body to arrive. */
    FIRST_BYTE_SECONDS = 30,
    /* Time for a whole answer to be read: ample for the largest list on loopback, and an end to
     * clients that stop reading. */
    ANSWER_SECONDS = 300,
    /* Scripted answers at a time: every call looks through them. */
    FAULTS_MAX = 1000,
    /* Text of one, in code points; longer than any the real service has. */
    FAULT_MESSAGE_CHARACTERS_MAX = 4096,
    /* Of its status, which is kept with it: no name is longer, and no number needs to be. */
    FAULT_STATUS_BYTES_MAX = 64,
    /* Of the name of its method, as an error repeats it: no method has a longer one. */
    FAULT_METHOD_BYTES_MAX = 64,
    /* Its retryAfter: nobody waits longer than a day. */
    FAULT_SECONDS_MAX = 86400,
    /* Of all faults, as they are kept in memory: a thousand with the longest texts. */
    FAULTS_BYTES_MAX = 67108864,
    /* Of the regular expressions of all faults, as regex_size counts: a thousand that are as long
     * as people write them. MATCH_STEPS_MAX bounds what a call has to wait for them. */
    FAULTS_REGEX_STATES_MAX = 20000,
    /* Answers that are stalled at a time: each keeps its connection, and a client that meets so
     * many has seen what it wanted to. What is over breaks off at once. */
    STALLS_MAX = 1000,
    /* How long one is: longer than any client's patience, and an end to what is forgotten. */
    STALL_SECONDS_MAX = 3600,
    /* A text that others are compared with, in a match: as much as a journal keeps of a body. */
    TEXT_MATCH_BYTES_MAX = 4096,
    /* How far a regex looks into a text: up to 2,000 steps for each of its characters are tens of
     * milliseconds at most. */
    TEXT_MATCH_REGEX_BYTES_MAX = 16384,
    /* Steps that one call may cost which looks for its fault and its stub: up to 10 ns each, or
     * four bytes of a `contains`, so that it is a second or two at worst. A call that needs more is
     * told so. */
    MATCH_STEPS_MAX = 100000000,
    /* What is shown of a text that is not as it was wanted. */
    MATCH_SHOWN_BYTES_MAX = 256,
    /* What is to become of trainings, at a time: every create looks through it. */
    STORIES_MAX = 1000,
    /* Of all stories, as they are kept in memory. */
    STORIES_BYTES_MAX = 67108864,
    /* Of the regular expressions of all stories, as of all faults; the texts are shorter. */
    STORIES_REGEX_STATES_MAX = 20000,
    /* Canned answers at a time, as of faults: every call that generates looks through them. */
    STUBS_MAX = 1000,
    /* Of one, with all its replies, as it is kept in memory: a text of 1 MiB and what is around it,
     * which is longer than any answer of a model, and a batch of embeddings. */
    STUB_BYTES_MAX = 2097152,
    /* Of the objects and lists of a response in each other, so that a state file can hold it: as
     * deep as JSON may be without file, list, stub, replies and reply around it. */
    STUB_RESPONSE_DEPTH_MAX = 95,
    /* Of all stubs together. */
    STUBS_BYTES_MAX = 67108864,
    /* Of the regular expressions of all stubs, as of all faults. */
    STUBS_REGEX_STATES_MAX = 20000,
    /* Replies of one stub: a conversation, not a data set. */
    STUB_REPLIES_MAX = 1000,
    /* A text once its variables have their values: a whole prompt of the usual largest body. */
    STUB_TEXT_BYTES_MAX = 20971520,
    /* Scenarios whose states are known, and each name and state of one. */
    STUB_SCENARIOS_MAX = 1000,
    STUB_SCENARIO_BYTES_MAX = 128,
    /* Faults, stories and stubs of all namespaces and snapshots together, as they lie in memory: a
     * namespace that has as much of each as it may, and tens of thousands of ordinary ones. */
    SCRIPTS_BYTES_MAX = 268435456,
    /* A namespace's name: room for a test's id. */
    SPACE_NAME_BYTES_MAX = 128,
    /* Namespaces unless --namespaces-max says otherwise, the default one included: a test run of a
     * thousand files, ten tests each. */
    NAMESPACES_MAX = 16384,
    /* Snapshots of all namespaces together: one for each namespace that there may be. */
    SNAPSHOTS_MAX = 16384,
    /* Entries of a journal unless --journal-max says otherwise: more than a test sends before it
     * looks back, and what --journal-max may be: more than all journals have room for. */
    JOURNAL_ENTRIES = 1000,
    JOURNAL_ENTRIES_MAX = 1000000,
    /* Of a body, and of each other text of an entry: a prompt and its answer. */
    JOURNAL_TEXT_BYTES_MAX = 4096,
    /* All journals together: some 8,000 ordinary requests; and for each of them as much, whatever
     * the others are asked, as a test looks back on: a dozen requests, or one with large bodies. */
    JOURNALS_BYTES_MAX = 8 * 1024 * 1024,
    JOURNAL_OWN_BYTES = 16 * 1024,
    /* Events of a namespace that tell how far trainings are, in a second: as often as an eye sees
     * that something moves. */
    PROGRESS_PER_SECOND = 10,
    /* Models of one of them, so that it stays far below the largest event. */
    PROGRESS_MODELS_MAX = 200,
    /* Trainings at a time that are told of, in a namespace: more than a page shows. Some 600 bytes
     * each, and what moved it. */
    TRAININGS_TOLD_MAX = 1000,
    /* Of those of all namespaces: some 25,000. */
    TRAININGS_BYTES_MAX = 16 * 1024 * 1024,
    /* That end while those that train are being looked for. */
    TRAININGS_SKIPPED_MAX = 100,
    /* Rows that are looked at in one go for those that train, and what is kept of these: a few
     * milliseconds. */
    TRAININGS_SEARCH_ROWS_MAX = 1000,
    TRAININGS_SEARCH_BYTES_MAX = 1048576,
    /* Requests of a page, and steps of an order that is verified. */
    REQUESTS_PAGE_SIZE = 100,
    REQUESTS_ORDER_MAX = 100,
    /* Steps of a regex through a journal: a second or two, which one thread has no time for
     * others. */
    REQUESTS_STEPS_MAX = 1000000000,
    /* Events that are kept, of all namespaces together, and their bytes: some seconds of a busy
     * test run, for readers that are slow and for those that come back. */
    EVENTS_MAX = 16384,
    EVENTS_BYTES_MAX = 8 * 1024 * 1024,
    /* Of one: a request whose texts are all as long as they may be, and escaped. */
    EVENT_BYTES_MAX = 262144,
    /* Readers at a time: pages and tests of a whole team. */
    EVENT_READERS_MAX = 2048,
    /* Texts of answers that are kept for the next ones, by all workers together, each an even part:
     * those of a thousand trained models whose operations are read over and over, 13 KiB each. */
    KEPT_TEXTS_BYTES_MAX = 16 * 1024 * 1024,
    /* What the system is to hold of a stream of events that is not read: a batch. */
    STREAM_SEND_BUFFER_BYTES = 65536,
    /* How long events are still made after the last reader of a namespace has left: a browser's
     * page comes back within a second or some. */
    EVENTS_QUIET_SECONDS = 10,
    /* How long a call of the control API may wait for something, and does unless told: less than
     * what ends idle connections on the way. */
    CONTROL_WAIT_SECONDS_MAX = 300,
    CONTROL_WAIT_SECONDS = 30,
    /* Why a training failed, in code points: longer than any the real service says. */
    JOB_MESSAGE_CHARACTERS_MAX = 4096,
    /* Seeds are the user's own files; these bounds tell what is no resource of this API. Ids, of
     * which those that the API makes have 40 bytes at most. */
    SEED_ID_BYTES_MAX = 256,
    /* Any other text of a resource: a document, not a file. */
    SEED_TEXT_BYTES_MAX = 1048576,
    /* An operation, a task without its examples or a base model, as JSON: some 35,000 snapshots. It
     * is read for each answer that shows it, and takes twelve times as much memory for that long.
     */
    SEED_JSON_BYTES_MAX = 4194304,
    /* What a seed may have the counter of ids begin behind: more than any test draws, and far from
     * where it would overflow. */
    SEED_COUNTER_MAX = 1000000000,
    /* Names of Cloud Storage (its page "Quotas and limits"): a bucket's with dots in it, and the
     * longest of an object. */
    GCS_BUCKET_BYTES_MAX = 222,
    GCS_OBJECT_BYTES_MAX = 1024,
    /* Time for a file from an emulator of the storage, which runs nearby: what takes longer hangs,
     * and a client waits for it. */
    GCS_FETCH_SECONDS = 30,
    /* Files that are being read from one, or wait for their turn: more than a test run begins at a
     * time. */
    GCS_FETCHES_MAX = 256,
    /* How often an answer of one may send elsewhere: a browser follows some more. */
    GCS_REDIRECTS_MAX = 5,
    /* The head of such an answer, and each line of its framing: as of a request here. */
    GCS_HEAD_BYTES_MAX = 16384,

    /* Vertex AI's guide to supervised tuning, "Limitations" of Gemini 2.5 Flash. An example of more
     * tokens is dropped, as comments of SupervisedTuningDataStats say. */
    TUNING_EXAMPLE_TOKENS_MAX = 131072,
    TUNING_EXAMPLES_MAX = 1000000,
    TUNING_VALIDATION_EXAMPLES_MAX = 5000,
    /* "1 GB"; --max-body allows less, unless it is told to. */
    TUNING_FILE_BYTES_MAX = 1000000000,
    /* Of a file's problems the message names so many. */
    TUNING_PROBLEMS_MAX = 10,
    /* What statistics show of an example: turns, and parts of each, since every answer has them. A
     * text is cut to so many code points (recorded), the last three of which are dots. */
    TUNING_SHOWN_EXAMPLES_MAX = 3,
    TUNING_SHOWN_CONTENTS_MAX = 20,
    TUNING_SHOWN_PARTS_MAX = 10,
    TUNING_SHOWN_CHARACTERS_MAX = 400,
    /* Dropped examples that statistics name: "a partial sample". */
    TUNING_DROPPED_NAMED_MAX = 10,

    /* Path segments that a route can have, a version and nine behind it; more is an unknown route.
     */
    PATH_SEGMENTS_MAX = 10
};

#endif
