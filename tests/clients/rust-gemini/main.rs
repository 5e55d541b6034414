//! gemini-rust. It can use tuned models but not manage them, and knows no list of models.
#![allow(deprecated)] // Its calls for this API are, in favour of a newer one that has no tuned models.
mod harness;

use futures_util::TryStreamExt;
use gemini_rust::{
    ClientError, FinishReason, FunctionDeclaration, Gemini, GenerationResponse, HarmBlockThreshold,
    HarmCategory, Model, SafetySetting, Tool,
};
use harness::{auth_url, rest, trained_model, url, with_faults, Tap};
use reqwest::Method;

/// More faults than the client has attempts.
const FAULT_TIMES: u64 = 1000;

fn model_of(name: &str) -> Gemini {
    // [readme rust-gemini]
    let base_url = std::env::var("TUNEMOCK_URL").unwrap() + "/v1beta/";
    let model = Model::Custom(name.into());
    let model = Gemini::with_model_and_base_url("any", model, base_url.parse().unwrap()).unwrap();
    // [/readme]
    model
}

/// A client of the server that knows its callers.
fn model_as(key: &str, name: &str) -> Gemini {
    let base_url = auth_url() + "/v1beta/";
    Gemini::with_model_and_base_url(key, Model::Custom(name.into()), base_url.parse().unwrap())
        .unwrap()
}

async fn generate(model: &Gemini, prompt: &str) -> Result<GenerationResponse, ClientError> {
    model
        .generate_content()
        .with_user_message(prompt)
        .execute()
        .await
}

async fn stream(model: &Gemini, prompt: &str) -> Result<Vec<GenerationResponse>, ClientError> {
    let chunks = model
        .generate_content()
        .with_user_message(prompt)
        .execute_stream()
        .await?;
    chunks.try_collect().await
}

/// The call must have failed for an answer with this code, whose body names this.
fn shows<T>(outcome: Result<T, ClientError>, wanted_code: u16, part: &str) {
    match outcome.err().expect("there was no error") {
        ClientError::BadResponse { code, description } => {
            assert_eq!(code, wanted_code);
            let body = description.unwrap_or_default();
            assert!(body.contains(part), "{part:?} is not in {body}");
        }
        other => panic!("{other:?}"),
    }
}

async fn show_answers(tap: &mut Tap, model: &Gemini) {
    tap.step("generate_content answers from the training data", async {
        let answer = generate(model, "LXIII").await.unwrap();
        assert_eq!(answer.text(), "LXIV");
        assert_eq!(answer.finish_reason(), Some(FinishReason::Stop));
        assert!(answer.usage_metadata.unwrap().total_token_count > Some(0));
        assert_eq!(
            generate(model, "10,100,000").await.unwrap().text(),
            "10,100,001"
        );
    })
    .await;
    tap.step("execute_stream gives the answer in chunks", async {
        let chunks = stream(model, "ninety nine").await.unwrap();
        let texts: Vec<String> = chunks.iter().map(GenerationResponse::text).collect();
        assert!(texts.len() > 1, "{texts:?}");
        assert_eq!(texts.concat(), "one hundred");
        assert_eq!(
            chunks.last().unwrap().finish_reason(),
            Some(FinishReason::Stop)
        );
    })
    .await;
    tap.step("many are answered at once", async {
        let prompts: Vec<String> = (0..20).map(|number| number.to_string()).collect();
        let asked = prompts.iter().map(|prompt| generate(model, prompt));
        for (number, answer) in futures_util::future::try_join_all(asked)
            .await
            .unwrap()
            .iter()
            .enumerate()
        {
            assert_eq!(answer.text(), (number + 1).to_string());
        }
    })
    .await;
    tap.step("a history is answered by the last message", async {
        let history = model
            .generate_content()
            .with_user_message("8")
            .with_model_message("9")
            .with_user_message("three");
        assert_eq!(history.execute().await.unwrap().text(), "four");
    })
    .await;
    tap.step("a system prompt, settings and a tool are accepted", async {
        let safety = SafetySetting {
            category: HarmCategory::Harassment,
            threshold: HarmBlockThreshold::BlockNone,
        };
        let asked = model
            .generate_content()
            .with_system_prompt("Answer in French.")
            .with_user_message("1")
            .with_temperature(0.0)
            .with_max_output_tokens(50)
            .with_safety_settings(vec![safety])
            .with_tool(Tool::new(FunctionDeclaration::new("add", "adds", None)));
        let answer = asked.execute().await.unwrap();
        assert_eq!(answer.text(), "2");
        assert!(answer.function_calls().is_empty());
    })
    .await;
    tap.step("count_tokens wraps the request, and counts", async {
        let count = model
            .generate_content()
            .with_user_message("one two three")
            .count_tokens()
            .await
            .unwrap();
        assert!(count.total_tokens > 0);
    })
    .await;
    tap.step(
        "embeddings of a base model are vectors, one and many",
        async {
            let embedder = model_of("models/text-embedding-004");
            let one = embedder
                .embed_content()
                .with_text("hello")
                .execute()
                .await
                .unwrap();
            assert_eq!(one.embedding.values.len(), 768);
            let chunks = vec!["hello", "world"];
            let many = embedder
                .embed_content()
                .with_chunks(chunks)
                .execute_batch()
                .await
                .unwrap();
            assert_eq!(many.embeddings.len(), 2);
        },
    )
    .await;
}

async fn show_errors(tap: &mut Tap, model: &Gemini) {
    tap.step("400: a bad generation setting", async {
        let asked = model
            .generate_content()
            .with_user_message("1")
            .with_temperature(99.0);
        shows(
            asked.execute().await,
            400,
            "temperature: must be in the range",
        );
    })
    .await;
    tap.step(
        "404: a model that does not exist, in the service's words, in the place of a stream, too",
        async {
            let nobody = model_of("tunedModels/nobody");
            let words = "Tuned model tunedModels/nobody does not exist.";
            shows(generate(&nobody, "hi").await, 404, words);
            shows(stream(&nobody, "hi").await, 404, words);
        },
    )
    .await;
    tap.step(
        "403 and 400: the model of somebody else, and a key that is not valid",
        async {
            let owned = trained_model(&auth_url(), "alice-key", "private").await;
            assert_eq!(
                generate(&model_as("alice-key", &owned), "1")
                    .await
                    .unwrap()
                    .text(),
                "2"
            );
            shows(
                generate(&model_as("bob-key", &owned), "1").await,
                403,
                "You do not have permission",
            );
            shows(
                generate(&model_as("no-such-key", &owned), "1").await,
                400,
                "API_KEY_INVALID",
            );
        },
    )
    .await;
    let scripted = [
        (401, "UNAUTHENTICATED"),
        (409, "ABORTED"),
        (429, "RESOURCE_EXHAUSTED"),
        (503, "UNAVAILABLE"),
    ];
    for (code, status) in scripted {
        let name = format!("{code}: a scripted {status}, which the client shows and does not retry, of a stream, too");
        tap.step(&name, async {
            let unary = async { shows(generate(model, "1").await, code, status) };
            assert_eq!(
                with_faults("tunedModels.generateContent", status, FAULT_TIMES, unary).await,
                1
            );
            let streamed = async { shows(stream(model, "1").await, code, status) };
            assert_eq!(
                with_faults(
                    "tunedModels.streamGenerateContent",
                    status,
                    FAULT_TIMES,
                    streamed
                )
                .await,
                1
            );
        })
        .await;
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    harness::announce("gemini-rust");
    let mut tap = Tap::new();
    let mut name = String::new();
    tap.step(
        "a model is created and trained (plain requests, this client has none)",
        async {
            name = trained_model(&url(), "k", "numbers").await;
        },
    )
    .await;
    let model = model_of(&name);
    show_answers(&mut tap, &model).await;
    show_errors(&mut tap, &model).await;
    tap.step(
        "a base URL without a slash at its end loses its version",
        async {
            let base_url = (url() + "/v1beta").parse().unwrap();
            let lost =
                Gemini::with_model_and_base_url("any", Model::Custom(name.clone()), base_url)
                    .unwrap();
            shows(generate(&lost, "1").await, 404, "<!DOCTYPE html>");
        },
    )
    .await;
    tap.step("a deleted model (by a plain request) is gone", async {
        rest(
            &url(),
            "k",
            Method::DELETE,
            &format!("/v1beta/{name}"),
            None,
        )
        .await;
        shows(generate(&model, "1").await, 404, "does not exist");
    })
    .await;
    tap.finish()
}
