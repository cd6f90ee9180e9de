// An interactive attempt: a real terminal, reached through a socket.

#include <gmock/gmock.h>
#include <poll.h>

#include "engines/engine_testing.hpp"
#include "engines/terminal_client.hpp"

namespace mingyue::engines {
namespace {

using namespace testing;
using ::testing::HasSubstr;

TEST(TerminalFrames, AreCutFromAStreamOfBytes) {
  FrameReader reader;
  const std::string bytes = encode_frame(FrameKind::data, "hello") + encode_window(50, 132) + encode_exit(3, -1);
  std::vector<Frame> frames;
  for (const char c : bytes) {
    reader.add({&c, 1});
    while (auto frame = reader.next()) frames.push_back(std::move(*frame));
  }
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0].bytes, "hello");
  EXPECT_EQ(decode_window(frames[1].bytes)->columns, 132);
  EXPECT_EQ(decode_exit(frames[2].bytes)->signal, -1);
  EXPECT_FALSE(reader.broken());
  reader.add(std::string("\x01\xff\xff\xff\xff", 5));
  EXPECT_FALSE(reader.next());
  EXPECT_TRUE(reader.broken());
}

class Terminal : public LocalEngineTest {
 protected:
  OrderBuilder interactive(const std::string& text) {
    OrderBuilder order(1);
    order.shell(text);
    order->terminal = true;
    return order;
  }

  struct Person {
    Fd socket;
    FrameReader frames;
    std::string shown;
    std::optional<TerminalExit> exit;

    void type(const std::string& text) { (void)write_all(socket.get(), encode_frame(FrameKind::data, text)); }
    void resize(std::uint16_t rows, std::uint16_t columns) {
      (void)write_all(socket.get(), encode_window(rows, columns));
    }
    /// Reads until the text was shown, or the other side has left.
    bool sees(const std::string& text) {
      for (;;) {
        while (auto frame = frames.next()) {
          if (frame->kind == FrameKind::data) shown += frame->bytes;
          if (frame->kind == FrameKind::exit) exit = decode_exit(frame->bytes);
        }
        if (!text.empty() && shown.find(text) != std::string::npos) return true;
        pollfd wait{socket.get(), POLLIN, 0};
        char chunk[4096];
        if (::poll(&wait, 1, 20'000) <= 0) return false;
        const ssize_t n = ::read(socket.get(), chunk, sizeof chunk);
        if (n <= 0) return false;
        frames.add({chunk, static_cast<std::size_t>(n)});
      }
    }
  };

  Person connect(model::AttemptId id) {
    Person person;
    EXPECT_TRUE(eventually([&] {
      auto socket = connect_terminal(folder(id));
      if (socket) person.socket = std::move(*socket);
      return socket.has_value();
    }));
    return person;
  }
};

TEST_F(Terminal, IsARealTerminalInBothDirections) {
  OrderBuilder order =
      interactive("test -t 0 && test -t 1 && test -t 2 && echo tty $TERM; read word; echo \"got <$word>\"; exit 4");
  engine().launch(order);
  Person person = connect(order.id());
  person.type("moon\r");
  EXPECT_TRUE(person.sees("got <moon>"));
  person.sees("");
  ASSERT_TRUE(person.exit);
  EXPECT_EQ(person.exit->code, 4);
  EXPECT_EQ(end_of(order.id()).exit_code, 4);
  EXPECT_THAT(output(order.id()), HasSubstr("tty xterm-256color\r\n"));
  EXPECT_THAT(output(order.id()), HasSubstr("got <moon>\r\n"));
}

TEST_F(Terminal, FollowsTheSizeOfTheWindow) {
  OrderBuilder order =
      interactive("trap 'stty size; exit 0' WINCH; stty size; echo ready; while :; do sleep 0.02; done");
  engine().launch(order);
  Person person = connect(order.id());
  ASSERT_TRUE(eventually([&] { return output(order.id()).find("ready") != std::string::npos; }));
  person.resize(50, 132);
  end_of(order.id());
  EXPECT_THAT(output(order.id()), HasSubstr("24 80\r\n"));
  EXPECT_THAT(output(order.id()), HasSubstr("50 132\r\n"));
}

TEST_F(Terminal, PassesControlC) {
  OrderBuilder order = interactive("trap 'echo interrupted; exit 5' INT; echo ready; while :; do sleep 0.02; done");
  engine().launch(order);
  Person person = connect(order.id());
  ASSERT_TRUE(eventually([&] { return output(order.id()).find("ready") != std::string::npos; }));
  person.type("\x03");
  EXPECT_EQ(end_of(order.id()).exit_code, 5);
}

TEST_F(Terminal, GoesOnWhenThePersonLeavesAndShowsItselfToTheNext) {
  OrderBuilder order =
      interactive("echo ready; while read word; do echo \"<$word>\"; [ $word = stop ] && exit 0; done");
  engine().launch(order);
  {
    Person first = connect(order.id());
    first.type("one\r");
    EXPECT_TRUE(first.sees("<one>"));
  }
  Person second = connect(order.id());
  Person third = connect(order.id());
  second.type("two\r");
  EXPECT_TRUE(second.sees("<two>"));
  EXPECT_TRUE(third.sees("<two>"));
  third.type("stop\r");
  EXPECT_EQ(end_of(order.id()).exit_code, 0);
}

TEST_F(Terminal, OutlivesTheDaemon) {
  OrderBuilder order = interactive("echo ready; read word; echo \"<$word>\"");
  engine().launch(order);
  ASSERT_TRUE(sink_.wait<ports::Launched>(order.id()));
  restart({order.id()});
  Person person = connect(order.id());
  person.type("still here\r");
  EXPECT_TRUE(person.sees("<still here>"));
  end_of(order.id());
}

TEST_F(Terminal, CarriesALotOfOutput) {
  OrderBuilder order = interactive("read go; seq 1 100000; echo the end");
  engine().launch(order);
  Person person = connect(order.id());
  person.type("go\r");
  EXPECT_TRUE(person.sees("the end"));
  EXPECT_THAT(person.shown, HasSubstr("\r\n50000\r\n"));
  end_of(order.id());
}

TEST_F(Terminal, IsReachedBelowALongPath) {
  options_.root = base_ + "/" + std::string(150, 'x');
  OrderBuilder order = interactive("read word; exit 6");
  engine().launch(order);
  connect(order.id()).type("now\r");
  EXPECT_EQ(end_of(order.id()).exit_code, 6);
}

TEST_F(Terminal, SaysThatThereIsNone) {
  OrderBuilder order(1);
  run(order);
  const auto socket = connect_terminal(folder(order.id()));
  ASSERT_FALSE(socket);
  EXPECT_THAT(socket.error().message, HasSubstr("no terminal to connect to"));
}

}  // namespace
}  // namespace mingyue::engines
