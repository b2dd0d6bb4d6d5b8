//! Black box: the real program, five processes, real sockets and disks; from files to proofs.
//!
//! One network serves every step, because starting one is what costs time. A step that fails names itself.

use crate::{steps, support::Network};
use pangolin_sandbox::industry::{Document, Incident, Plan};

/// Ordinary files of the beginning: packs are commissioned, packed into cases, put on pallets.
const FILES: usize = 8;

#[test]
fn from_files_to_proofs() {
    let documents: Vec<Document> = Plan::demo()
        .history()
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let ordinary: Vec<&Document> = documents
        .iter()
        .filter(|document| document.incident.is_none())
        .take(FILES + 1)
        .collect();
    let (more, ordinary) = ordinary.split_last().unwrap();
    let counterfeit = documents
        .iter()
        .find(|document| document.incident == Some(Incident::Counterfeit))
        .unwrap();
    let mut network = Network::start();

    steps::capture::files_become_final(&network, ordinary);
    steps::capture::a_file_on_standard_input_is_known(&network, ordinary[0]);
    steps::capture::a_counterfeit_is_refused(&network, counterfeit);
    steps::capture::a_broken_file_is_refused_with_every_defect(&network);
    steps::credentials::who_is_not_known_is_told_what_to_do(&network, ordinary[0]);
    steps::credentials::a_node_that_is_not_there_is_said_plainly();
    steps::reading::every_node_says_the_same(&network);
    steps::measures::measurements_are_declared_and_described(&network);
    let pack = steps::reading::Pack::of(ordinary[0]);
    steps::reading::a_pack_is_traced(&network, &pack);
    steps::reading::proofs_hold_and_forged_ones_do_not(&network, &pack);
    steps::certificates::a_certificate_is_put_together_and_checked(&network, &pack);
    steps::certificates::several_histories_are_told_in_one_answer(&network, &pack);
    steps::orders::a_recall_is_issued_seen_and_released(&network, &pack);
    steps::orders::who_waits_without_a_quorum_is_told(&mut network, &pack, more);
    steps::processes::a_killed_validator_catches_up(&mut network, ordinary[0]);
    steps::processes::a_second_process_on_the_same_node_does_not_begin(&network);
    steps::processes::sigterm_ends_a_node_in_good_order(&mut network);
    steps::tls::certificates_protect_the_connection_and_say_who_asks(&mut network);
    steps::processes::the_end_of_its_parent_ends_a_node(&mut network);
}
