#include <catch2/catch.hpp>
#include <memory>

#include "plan/builder.h"
#include "plan/plan.h"
#include "plan/words.h"

namespace {

using plan::Builder;
using plan::Kind;
using plan::Stage;

// Small, but with every kind of reference: texts, options, hooks, a filter, descriptors.
Builder started() {
  Builder build;
  const plan::Slot tree = build.descriptor(plan::DescriptorKind::bind_tree, "/src", "/mounts/0/source", 0);
  const plan::Text source = build.text("/src"), target = build.text("/dst");
  build.add(Kind::mount_bind, "/mounts/0").bind = {tree, source, target, {}, plan::kRecursive, 0, 0};
  const plan::KeyValue option{build.text("size"), build.text("64k")};
  const plan::Range options = build.array<plan::KeyValue>(std::span(&option, 1));
  const plan::Text type = build.text("tmpfs");
  build.add(Kind::mount_filesystem, "/mounts/1").filesystem = {type, type, target, options, {}, 0};
  const plan::Hook hook{build.text("/h"), build.text("createContainer hook #0"), build.texts({"h"}), build.texts({"A=1"}), 5, 0};
  const plan::Range hooks = build.array<plan::Hook>(std::span(&hook, 1));
  const plan::Text before = build.text("{"), after = build.text("}");
  build.add(Kind::run_hooks).hooks = {hooks, before, after, -1, -1};
  build.add(Kind::enter_root);
  build.enter(Stage::own_root);
  build.add(Kind::set_hostname).text = target;
  build.enter(Stage::confined);
  const plan::Instruction allow{6, 0, 0, 0x7fff0000};
  const plan::Range filter = build.array<plan::Instruction>(std::span(&allow, 1));
  build.add(Kind::load_seccomp).seccomp = {filter, 0, 0};
  return build;
}

void add_exec(Builder& build) {
  const plan::Range args = build.texts({"sh", ""}), env = build.texts({"A=1"});
  build.add(Kind::exec).exec = {args, env, 0, 0, 0};
}

std::vector<std::byte> image() {
  Builder build = started();
  add_exec(build);
  return build.finish();
}

// Reads all that init could read. The answer only keeps the compiler from leaving it out.
std::size_t read_everything(std::span<const std::byte> bytes) {
  plan::Plan whole;
  whole.image.assign(bytes.begin(), bytes.end());
  std::size_t total = 0;
  for (const plan::Step& step : whole.view().steps()) {
    total += plan::describe(whole.view(), step).size();
    for (const std::string& detail : plan::step_details(whole, step)) total += detail.size();
  }
  for (const plan::Descriptor& entry : whole.view().descriptors()) total += whole.view().text(entry.path).size();
  return total;
}

}  // namespace

TEST_CASE("image: what was put in is read back") {
  const std::vector<std::byte> bytes = image();
  REQUIRE(plan::View::check(bytes));
  const plan::View view(bytes.data());
  REQUIRE(view.steps().size() == 7);
  CHECK(view.text(view.steps()[0].bind.source) == "/src");
  CHECK(view.text(view.steps()[0].origin) == "/mounts/0");
  CHECK(view.descriptors()[0].fd == -1);
  const auto args = view.array<plan::Text>(view.steps().back().exec.args);
  REQUIRE(args.size() == 2);
  CHECK(view.text(args[0]) == "sh");
  CHECK(args[1]);  // an empty argument is an argument
  CHECK(view.text(args[1]).empty());
}

TEST_CASE("image: the runtime writes descriptors into a finished image") {
  std::vector<std::byte> bytes = image();
  plan::set_descriptor(bytes, 0, 17);
  plan::set_handshake(bytes, 3);
  REQUIRE(plan::View::check(bytes));
  CHECK(plan::View(bytes.data()).fd(0) == 17);
  CHECK(plan::View(bytes.data()).header().handshake == 3);
}

TEST_CASE("image: a text is written once") {
  Builder build;
  const plan::Text first = build.text("/dev"), again = build.text("/dev"), longer = build.text("/dev/pts");
  CHECK(first.offset == again.offset);
  CHECK(first.offset != longer.offset);
}

TEST_CASE("image: many texts are all found again") {
  Builder build;
  std::vector<plan::Text> places;
  for (int i = 0; i < 2000; ++i) places.push_back(build.text("text " + std::to_string(i)));
  for (int i = 0; i < 2000; ++i)
    REQUIRE(build.text("text " + std::to_string(i)).offset == places[static_cast<std::size_t>(i)].offset);
}

TEST_CASE("image: the same steps give the same bytes") { CHECK(image() == image()); }

TEST_CASE("image: a short one is refused at every length") {
  const std::vector<std::byte> bytes = image();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    // A copy of exactly that size, so that a sanitizer sees the first byte read behind it.
    const std::unique_ptr<std::byte[]> part(new std::byte[size]);
    std::copy_n(bytes.begin(), size, part.get());
    REQUIRE_FALSE(plan::View::check({part.get(), size}));
  }
}

TEST_CASE("image: every damaged byte is refused or harmless") {
  const std::vector<std::byte> bytes = image();
  std::vector<std::byte> damaged = bytes;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (unsigned value = 1; value < 256; ++value) {
      damaged[at] = bytes[at] ^ static_cast<std::byte>(value);
      if (plan::View::check(damaged)) CHECK(read_everything(damaged) > 0);
    }
    damaged[at] = bytes[at];
  }
}

TEST_CASE("image: an exec is the last step and only that") {
  Builder without = started();
  CHECK_FALSE(plan::View::check(without.finish()));
  Builder twice = started();
  add_exec(twice);
  add_exec(twice);
  CHECK_FALSE(plan::View::check(twice.finish()));
  CHECK_FALSE(plan::View::check(Builder().finish()));
}

TEST_CASE("image: stages do not go back") {
  Builder build = started();
  build.enter(Stage::own_root);
  build.add(Kind::reopen_null);
  build.enter(Stage::confined);
  add_exec(build);
  CHECK_FALSE(plan::View::check(build.finish()));
}

TEST_CASE("image: a step stands only where it belongs") {
  Builder build;
  build.enter(Stage::own_root);
  build.add(Kind::become_root);
  build.enter(Stage::confined);
  add_exec(build);
  CHECK_FALSE(plan::View::check(build.finish()));
}

TEST_CASE("image: a required text, a slot and a NUL inside are looked at") {
  Builder no_text = started();
  no_text.add(Kind::change_directory);
  add_exec(no_text);
  CHECK_FALSE(plan::View::check(no_text.finish()));

  Builder no_slot = started();
  no_slot.add(Kind::wait_for_start).start = {0, 7};
  add_exec(no_slot);
  CHECK_FALSE(plan::View::check(no_slot.finish()));

  Builder cut = started();
  const plan::Text text = cut.text(std::string_view("/a\0b", 4));
  cut.add(Kind::change_directory).text = text;
  add_exec(cut);
  CHECK_FALSE(plan::View::check(cut.finish()));
}
