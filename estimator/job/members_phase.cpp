// What a phase says itself.
#include "estimator/job/member_forms.h"
#include "hwdb/accelerator.h"

namespace traincost {
namespace {

constexpr Member<GenerationSpec> kGenerationMembers[] = {
    number<&GenerationSpec::tp>("tp", {1, 4096},
                                "tensor parallel ranks of a replica; default: the fewest whose "
                                "weights take half of the memory"),
    number<&GenerationSpec::ep>("ep", {1, 4096},
                                "ranks of a replica that share its experts, while attention is "
                                "data parallel in groups of tp; default: tp's do"),
    choice<&GenerationSpec::precision, kRunPrecisions>("precision", "of weights; default: bf16"),
    number<&GenerationSpec::memory_share>("memory_share", {0.1, 1},
                                          "for weights and caches; default 0.9"),
    quantity<&GenerationSpec::overhead>("overhead", "0 s", "1 s",
                                        "of the host between two tokens; default 2 ms"),
    section<&GenerationSpec::cluster>("cluster",
                                      "that generates alone; default: the phase's, in turn"),
    text_or_section<&GenerationSpec::stack>("stack", "its software, over the phase's"),
    section<&GenerationSpec::pricing>("pricing", "what an hour of it costs, over the phase's"),
};

constexpr Member<ReinforcementSpec> kReinforcementMembers[] = {
    number<&ReinforcementSpec::rollouts>("rollouts", {1, 1e8}, "responses of an iteration"),
    number<&ReinforcementSpec::samples_per_prompt>(
        "samples_per_prompt", {1, 1e6}, "responses to a prompt, which is read once; default 1"),
    number<&ReinforcementSpec::prompt_length>("prompt_length", {1, 1 << 27}, "tokens, mean"),
    number<&ReinforcementSpec::response_length>("response_length", {1, 1 << 27}, "tokens, mean"),
    number<&ReinforcementSpec::max_response_length>(
        "max_response_length", {1, 1 << 27}, "tokens, where a response is cut; default: nowhere"),
    number<&ReinforcementSpec::epochs>("epochs", {1, 1000},
                                       "over the responses of an iteration; default 1"),
    truth<&ReinforcementSpec::reference_model>(
        "reference_model", "a frozen copy scores the responses too; default true"),
    truth<&ReinforcementSpec::old_log_probabilities>(
        "old_log_probabilities",
        "the policy scores them before it learns, since it does not take the generator's own "
        "probabilities; default true"),
    quantity<&ReinforcementSpec::reward_time>("reward_time", "0 s", "1 d",
                                              "of an iteration, that all wait for; default: none"),
    truth<&ReinforcementSpec::asynchronous>(
        "asynchronous", "the next iteration's responses are generated meanwhile; default false"),
    truth<&ReinforcementSpec::offline>(
        "offline",
        "the responses are there already, as in preference tuning (DPO): nothing is "
        "generated; default false"),
    section<&ReinforcementSpec::generation>("generation", "who generates, and how"),
};

constexpr Member<PhaseSpec> kPhaseMembers[] = {
    text<&PhaseSpec::name>("name", "of the phase"),
    quantity<&PhaseSpec::tokens>("tokens", "1 token", "1e18 tokens", "trained on"),
    number<&PhaseSpec::steps>("steps", {1, 1e9}, "optimizer steps, instead of tokens"),
    number<&PhaseSpec::accelerator_hours>("accelerator_hours", kHours,
                                          "stated, instead of predicted"),
    number<&PhaseSpec::accelerator_hours_per_trillion_tokens>(
        "accelerator_hours_per_trillion_tokens", kHours, "stated, instead of predicted"),
    quantity<&PhaseSpec::wall>("wall", "1 min", "100 y", "stated, of all its accelerators"),
    truth<&PhaseSpec::assumed>("assumed", "its layout is assumed"),
    section<&PhaseSpec::rl>("rl",
                            "reinforcement learning: its steps are iterations, each of which "
                            "generates responses and learns from them"),
    section<&PhaseSpec::cluster>("cluster", "what it runs on, over the job's"),
    text_or_section<&PhaseSpec::stack>("stack", "its software, over the job's"),
    layout_section<&PhaseSpec::layout>("layout"),
    section<&PhaseSpec::run>("run", "over the job's"),
    section<&PhaseSpec::pricing>("pricing", "what an hour of it costs, over the job's"),
};

}  // namespace

constinit const std::span<const Member<GenerationSpec>> MembersOf<GenerationSpec>::table =
    kGenerationMembers;
constinit const std::span<const Member<ReinforcementSpec>> MembersOf<ReinforcementSpec>::table =
    kReinforcementMembers;
constinit const std::span<const Member<PhaseSpec>> MembersOf<PhaseSpec>::table = kPhaseMembers;

}  // namespace traincost
