#!/usr/bin/env python3
"""Each check finds what it is for, and lets sound code pass."""

import pathlib
import sys
import tempfile
import unittest

import check_banned
import check_format
import check_layers
import check_places
import check_public_headers
import check_scripts
import check_sizes
import check_tests_registered
import source_tree


class CheckTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def problems(self, check, files):
        """What `check` says of a tree of `files`, as "path: message"."""
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        tree = source_tree.SourceTree(self.root)
        return [f"{path}: {message}"
                for path, _, message in check.check(tree)]


class LayersTest(CheckTest):
    def one(self, path, included):
        return self.problems(check_layers, {path: f'#include "{included}"\n'})

    def test_upward_includes_are_problems(self):
        for path, included in (
                ("engine/src/util/a.cc", "engine/src/io/b.h"),
                ("engine/src/wal/a.cc", "engine/src/table/b.h"),
                ("engine/src/db/a.cc", "service/core/b.h"),
                ("engine/src/db/a.cc", "lsmkv/v1/kv.pb.h"),
                ("engine/include/lsmkv/engine/a.h", "engine/src/util/b.h"),
                ("service/core/a.cc", "engine/src/util/b.h"),
                ("service/core/a.cc", "lsmkv/v1/kv.pb.h"),
                ("service/rest/a.h", "boost/json.hpp"),
                ("service/http/a.cc", "prometheus/registry.h"),
                ("service/rest/a.cc", "lsmkv/v1/kv.grpc.pb.h"),
                ("client/src/a.cc", "lsmkv/engine/db.h"),
                ("client/include/lsmkv/client/a.h", "google/protobuf/any.h"),
                ("service/core/a.cc", "tests/support/b.h"),
                ("engine/src/new/a.cc", "engine/src/util/b.h")):
            with self.subTest(path=path, included=included):
                self.assertTrue(self.one(path, included))
                (self.root / path).unlink()

    def test_downward_includes_pass(self):
        for path, included in (
                ("engine/src/db/a.cc", "engine/src/wal/b.h"),
                ("engine/src/table/a.h", "engine/src/iter/internal_iterator.h"),
                ("engine/src/wal/a.cc", "lsmkv/engine/env.h"),
                ("service/core/a.cc", "lsmkv/engine/db.h"),
                ("service/http/a.h", "boost/beast.hpp"),
                ("service/grpc/a.h", "lsmkv/v1/kv.grpc.pb.h"),
                ("client/src/a.h", "grpcpp/grpcpp.h"),
                ("tests/engine/a.cc", "engine/src/db/b.h")):
            with self.subTest(path=path, included=included):
                self.assertEqual(self.one(path, included), [])


class SizesTest(CheckTest):
    LONG_BODY = "  Work();\n" * 69

    def test_long_functions_are_found_whatever_their_shape(self):
        for head, name in (
                ("int F(int a) {", "F"),
                ("template <class T = std::vector<int>>\nint F(T a) {", "F"),
                ("A::A(int a)\n    : a_(a), b_{a}, c_([&] { a; }) {", "A::A"),
                ("class B {\n public:\n  ~B() override {", "~B"),
                ("struct C final : D<E(F)> {\n  auto f() const -> G {", "f"),
                ("TEST(Suite, States) {", "TEST(Suite, States)"),
                ("namespace a::b {\nconst auto kF = [](char c) {", "a lambda"),
                ("Foo& Foo::operator=(const Foo& o) {", "operator")):
            with self.subTest(head=head):
                found = self.problems(
                    check_sizes, {"engine/a.cc": head + "\n" + self.LONG_BODY
                                  + "}\n};" * 3})
                self.assertEqual(len(found), 1, found)
                self.assertIn("lines, at most 70", found[0])

    def test_functions_at_the_limit_and_long_tables_pass(self):
        body = "  Work();\n" * 68
        table = "const int kTable[] = {\n" + "  1,\n" * 90 + "};\n"
        text = ('#define OPEN {\nconst char* kBrace = "{"; // {\n'
                "char c = '{';\nauto r = R\"x({)x\";\n"
                f"class A {{\n  int F() {{\n{body}}}\n}};\n{table}"
                f"int G() {{\n{body}}}\n")
        self.assertEqual(self.problems(check_sizes, {"engine/a.cc": text}), [])

    def test_a_long_file_is_a_problem(self):
        self.assertTrue(self.problems(check_sizes, {"engine/a.cc": "\n" * 801}))


class BannedTest(CheckTest):
    def test_each_banned_word_is_found(self):
        for code in ("std::cout << 1;", "usleep(1);", "int a = rand();",
                     "throw 1;", "absl::Mutex mu;", "using namespace std;",
                     "#pragma once", "// TO" + "DO: more"):
            with self.subTest(code=code):
                self.assertTrue(
                    self.problems(check_banned, {"engine/a.cc": code + "\n"}))

    def test_comments_literals_and_seams_pass(self):
        self.assertEqual(self.problems(check_banned, {
            "engine/a.cc": '// may throw\nauto s = "std::cout";\nGrand(1);\n',
            "engine/src/io/env.cc": "nanosleep(&t, nullptr);\n",
            "engine/src/io/env.h": "#ifndef LSMKV_ENGINE_SRC_IO_ENV_H_\n"
                                   "#define LSMKV_ENGINE_SRC_IO_ENV_H_\n"}),
            [])

    def test_a_wrong_include_guard_is_a_problem(self):
        self.assertTrue(self.problems(check_banned, {
            "engine/include/lsmkv/engine/a.h": "#ifndef A_H\n#define A_H\n"}))


class OthersTest(CheckTest):
    def test_unformatted_code_is_a_problem(self):
        self.assertTrue(self.problems(check_format, {
            ".clang-format": "BasedOnStyle: Google\n",
            "engine/a.cc": "int   f( ){return 1;}\n"}))

    def test_a_host_and_a_home_path_are_problems(self):
        found = self.problems(check_places, {
            "deploy/a": "curl http://" + "some.where/x\ncd /ho" + "me/me\n",
            "deploy/b": "curl http://127.0.0.1:1/ http://$host/ /keys/work\n"})
        self.assertEqual(len(found), 2, found)

    def test_a_header_that_needs_another_is_a_problem(self):
        found = self.problems(check_public_headers, {
            "engine/include/lsmkv/engine/a.h": "std::string f();\n",
            "engine/include/lsmkv/engine/b.h": "#include <string>\n"
                                               "std::string f();\n"})
        self.assertEqual(len(found), 1, found)

    def test_a_lax_or_broken_script_is_a_problem(self):
        found = self.problems(check_scripts, {
            "deploy/a": "#!/usr/bin/env bash\nif\n",
            "deploy/b": "#!/bin/sh\n"})
        self.assertGreaterEqual(len(found), 4, found)

    def test_an_unnamed_test_is_a_problem(self):
        found = self.problems(check_tests_registered, {
            "tests/a/CMakeLists.txt": "foo(x_test.cc sub/z_test.sh)# y_test.cc",
            "tests/a/x_test.cc": "", "tests/a/y_test.cc": "",
            "tests/a/sub/z_test.sh": ""})
        self.assertEqual(len(found), 1, found)
        self.assertIn("y_test.cc", found[0])


if __name__ == "__main__":
    sys.exit(unittest.main())
