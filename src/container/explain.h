// container/explain.h: failures in words. What init reports as numbers becomes a sentence here, and every error of an operation
// gets its place in config.json and its hint, once, so that cli/ prints Error::what and nothing else.
#pragma once
#include <string>
#include <string_view>

#include "handshake/messages.h"
#include "plan/plan.h"
#include "support/result.h"

namespace container {

enum class Purpose { create, exec, mounts };

// What the words of a failure begin with, as runc's do.
std::string failure_head(Purpose purpose);

// A `failed` report of a process that runs `plan`. The words are runc's where someone matches them.
Error explain(const plan::Plan& plan, const handshake::Report& report, Purpose purpose);

// The same of the answer to `start`, when the plan is not at hand. `program`: args[0] of the config.
Error explain_start(const handshake::Report& report, std::string_view program);

// "<what> (config.json:LINE:COL, at POINTER); hint". `text` is the document that Error::pointer points into, "" = not at hand;
// `document` its name. Pointer and hint are used up.
Error finish(Error error, std::string_view text, std::string_view document);

// Of a text that could not be read as `document`: what is no JSON has no place with a name, its message has line and column.
inline Error about_document(Error error, std::string_view document) {
  return error.pointer.empty() ? within(document, std::move(error)).error() : error;
}

// "signal: killed", "signal: bad system call": a signal's name as Go has it, which scripts look for.
std::string signal_words(int signal);

}  // namespace container
