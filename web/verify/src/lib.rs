//! The verifier as a WebAssembly module: `@pangolin/verify`.
//!
//! The page writes a question into the room that [`pangolin_room`] names, calls [`pangolin_verify`], and reads as many bytes as that
//! returns from where [`pangolin_answer`] says. A question is the length of the trusted chain's JSON (four bytes, the lowest first), that
//! JSON, and the proof: a file, a certificate in its binary form, or the text of a code. The answer is JSON.
//!
//! Nothing is imported from the page but functions that are never called: what the engine's packages would need for randomness.

mod answer;
mod question;

use std::sync::{Mutex, PoisonError};

/// Largest question, in bytes.
const MAX_QUESTION_BYTES: usize = pangolin_proof::file::MAX_FILE_BYTES + 64 * 1024;

static QUESTION: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Makes room for a question of so many bytes; null if that is too many.
#[expect(unsafe_code, reason = "the name is what the page calls")]
#[unsafe(no_mangle)]
pub extern "C" fn pangolin_room(bytes: usize) -> *mut u8 {
    if bytes > MAX_QUESTION_BYTES {
        return std::ptr::null_mut();
    }
    let mut question = QUESTION.lock().unwrap_or_else(PoisonError::into_inner);
    *question = vec![0; bytes];
    question.as_mut_ptr()
}

/// Answers the question; returns the length of the answer.
#[expect(unsafe_code, reason = "the name is what the page calls")]
#[unsafe(no_mangle)]
pub extern "C" fn pangolin_verify() -> usize {
    let question = std::mem::take(&mut *QUESTION.lock().unwrap_or_else(PoisonError::into_inner));
    let said = answer::to(&question);
    let length = said.len();
    *ANSWER.lock().unwrap_or_else(PoisonError::into_inner) = said;
    length
}

/// Where the answer is.
#[expect(unsafe_code, reason = "the name is what the page calls")]
#[unsafe(no_mangle)]
pub extern "C" fn pangolin_answer() -> *const u8 {
    ANSWER
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .as_ptr()
}
