// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.IoEventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

class AlarmTest {
    private static final long MILLISECOND = 1_000_000;

    private final MultiThreadIoEventLoopGroup group =
            new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final IoEventLoop loop = group.next();
    private final BootClock clock = new BootClock();
    private final BlockingQueue<Long> rings = new LinkedBlockingQueue<>();
    private final Alarm alarm = new Alarm(loop, clock, () -> rings.add(clock.nowNs()));

    private interface Step {
        void run() throws IOException;
    }

    private void onLoop(Step step) throws Exception {
        loop.submit(
                        () -> {
                            step.run();
                            return null;
                        })
                .get();
    }

    @AfterEach
    void end() throws Exception {
        onLoop(alarm::close);
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).get();
    }

    /**
     * The alarm's clock and times. A test cannot make the machine sleep, so it asks the kernel
     * which clock the descriptor follows.
     */
    @Test
    void itFollowsTheClockThatCountsSleep() throws Exception {
        List<String> before = timers();
        onLoop(alarm::start);
        List<String> made = timers();
        made.removeAll(before);
        assertEquals(1, made.size(), made.toString());
        assertTrue(made.getFirst().contains("clockid: 7\n"), made.getFirst());
        onLoop(alarm::close);
        assertEquals(before.size(), timers().size());
    }

    private static List<String> timers() throws IOException {
        List<String> found = new ArrayList<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fdinfo"))) {
            for (Path descriptor : descriptors.toList()) {
                try {
                    String info = Files.readString(descriptor);
                    if (info.contains("clockid:")) {
                        found.add(descriptor.getFileName() + "\n" + info);
                    }
                } catch (IOException e) {
                    continue; // closed meanwhile, such as the one the list was read from
                }
            }
        }
        return found;
    }

    @Test
    void itRingsOnceAndNotTooEarly() throws Exception {
        onLoop(alarm::start);
        long deadline = 50 * MILLISECOND;
        // Taken before: otherwise a pause in between would look like an early ring.
        long set = System.nanoTime();
        onLoop(() -> alarm.setFor(clock.nowNs() + deadline));
        assertTrue(rings.poll(10, TimeUnit.SECONDS) != null, "no ring");
        assertTrue(System.nanoTime() - set > deadline / 2, "at once");
        assertEquals(null, rings.poll(100, TimeUnit.MILLISECONDS), "rang twice");
    }

    @Test
    void anEarlierDeadlineReplacesALaterOne() throws Exception {
        onLoop(alarm::start);
        onLoop(() -> alarm.setFor(clock.nowNs() + 3_600_000 * MILLISECOND));
        onLoop(() -> alarm.setFor(clock.nowNs() + 20 * MILLISECOND));
        assertTrue(rings.poll(10, TimeUnit.SECONDS) != null, "no ring");
        onLoop(() -> alarm.setFor(clock.nowNs() + 20 * MILLISECOND));
        assertTrue(rings.poll(10, TimeUnit.SECONDS) != null, "no second ring");
    }

    @Test
    void aPassedDeadlineRingsAtOnceEvenAfterADistantOne() throws Exception {
        onLoop(alarm::start);
        onLoop(() -> alarm.setFor(clock.nowNs() + 3_600_000 * MILLISECOND));
        onLoop(() -> alarm.setFor(0));
        assertTrue(rings.poll(10, TimeUnit.SECONDS) != null, "no ring");
        assertEquals(null, rings.poll(50, TimeUnit.MILLISECONDS), "rang twice");
    }

    @Test
    void neverIsNoDeadline() throws Exception {
        onLoop(alarm::start);
        onLoop(() -> alarm.setFor(Alarm.NEVER));
        assertEquals(null, rings.poll(50, TimeUnit.MILLISECONDS));
    }

    @Test
    void withoutADescriptorTheLoopsOwnTimersAreUsed() throws Exception {
        onLoop(() -> alarm.setFor(clock.nowNs() + 20 * MILLISECOND)); // not started
        assertTrue(rings.poll(10, TimeUnit.SECONDS) != null, "no ring");
    }
}
