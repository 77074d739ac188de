// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import io.netty.buffer.Unpooled;
import io.netty.channel.epoll.Epoll;

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
                            Logging.awaitReady();
                            Epoll.isAvailable();
                            Unpooled.directBuffer(1).release();
                        });
    }
}
