//! What the profile itself refuses, before any state is read.

use pangolin_ledger::report::{Kernel, Reason, RuleId};

use crate::rule::{Rule, own};

own! {
    STEP_MISSING = K1 "customs.step" "step-missing"
        "an event that adds or deletes says what it is about with its business step"
        "add bizStep destroying to an event with DELETE; use OBSERVE for everything else"
        "CBV 2.0 §7.1";
    STEP_MISMATCH = K1 "customs.step-action" "step-mismatch"
        "a business step goes with one type of event and one action"
        "correct bizStep or action; destroying goes with DELETE, unpacking with an AggregationEvent, everything else with OBSERVE"
        "CBV 2.0 §7.1";
    NOT_MADE_HERE = K3 "customs.made" "not-made-here"
        "goods come over a border, they are not made there"
        "have the goods sent here from the chain that they live on"
        "WCO Data Model, goods item";
    NOT_PACKED_HERE = K9 "customs.packed" "not-packed-here"
        "under customs control nothing is put into a container: what was examined goes on by itself"
        "send the goods on without the container, or pack them on the chain that they go to"
        "Revised Kyoto Convention, Specific Annex D";
    NOT_PROCESSED_HERE = K5 "customs.processed" "not-processed-here"
        "goods are not processed under customs control"
        "process the goods on the chain that they go to"
        "Revised Kyoto Convention, Specific Annex D";
    NOT_IDENTIFIED = K1 "customs.identified" "not-identified"
        "goods are named one by one: quantities without identities are not controlled here, inside a container they go along"
        "name the container that the goods are in, or the goods by their serial numbers"
        "WCO Data Model, packaging";
    GOODS_MISSING = K1 "customs.objects" "objects-missing"
        "the act names the goods it is about"
        "list the goods in epcList"
        "EPCIS 2.0 §7.4.2";
    PARENT_MISSING = K1 "customs.unpack.parent" "parent-missing"
        "unpacking and sealing name the container"
        "add parentID"
        "EPCIS 2.0 §7.4.3";
    DECLARATION_MISSING = K7 "customs.declaration" "declaration-missing"
        "declaring, clearing and refusing name one declaration by its number"
        "add one bizTransaction of type https://ns.pangolin.network/customs/btt/declaration with the number of the declaration"
        "WCO Data Model, declaration";
    OFFICE_MISSING = K2 "customs.office" "office-missing"
        "a declaration names the customs office that it is lodged with"
        "add the extension element office with the office's GLN"
        "Revised Kyoto Convention, General Annex 3.12";
    DESTINATION_MISSING = K1 "customs.ship.destination" "destination-missing"
        "who hands goods over names who gets them"
        "add a destination of type possessing_party with the receiver's GLN"
        "EPCIS 2.0 §7.4.2";
    DESTINATION_CHAIN = K1 "customs.ship.chain" "destination-chain"
        "goods that go on are sent to a chain, named by its identity, and until when they may arrive there"
        "set destinationChain to the 64 hexadecimal digits of that chain's identity and arriveBefore to a time, or leave both out"
        "ledger of this chain";
    RETURN_NOWHERE = K6 "customs.return" "return-nowhere"
        "goods go back to a chain that they came over"
        "set destinationChain to the identity of that chain"
        "Revised Kyoto Convention, General Annex 3.19";
    SOURCE_DIFFERS = K2 "customs.ship.source" "source-differs"
        "who hands goods over is who has them"
        "let the party send that is named as possessing_party of the source, or correct the source"
        "EPCIS 2.0 §7.4.2";
    DESTINATION_DIFFERS = K2 "customs.receive.destination" "destination-differs"
        "who receives goods is who gets them"
        "let the party receive that is named as possessing_party of the destination, or correct the destination"
        "EPCIS 2.0 §7.4.2";
}
