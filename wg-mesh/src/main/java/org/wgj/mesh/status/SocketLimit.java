// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The time that a connection over a Unix socket may take: the JDK has no such limit for it.
 *
 * @param within the time
 */
public record SocketLimit(Duration within) {
    /** Closes the channel when the time has passed; it may be closed before. */
    public void closesLater(SocketChannel channel) {
        CompletableFuture.delayedExecutor(within.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> close(channel));
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // it is closed in any case
        }
    }

    /**
     * Returns what to throw when the channel was closed while it was read or written.
     *
     * @param who does not answer, for the message
     */
    public IOException passed(Path socket, String who, ClosedChannelException closed) {
        if (closed instanceof ClosedByInterruptException) {
            return closed;
        }
        return new IOException(
                "%s: %s has not answered within %d s: does its process hang?"
                        .formatted(socket, who, within.toSeconds()),
                closed);
    }
}
