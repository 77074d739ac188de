package org.wgj.cli;

import io.netty.buffer.Unpooled;
import io.netty.channel.epoll.Epoll;

import org.slf4j.LoggerFactory;

/**
 * What a daemon needs in any case, brought in by a thread of its own while the first one makes the
 * interface: a quarter of the start, where there is a second processor.
 */
final class Preparation {
    private Preparation() {}

    static void begin() {
        Thread.ofPlatform()
                .daemon()
                .name("wgj-preparation")
                .start(
                        () -> {
                            LoggerFactory.getLogger(Preparation.class);
                            Epoll.isAvailable();
                            Unpooled.directBuffer(1).release();
                        });
    }
}
