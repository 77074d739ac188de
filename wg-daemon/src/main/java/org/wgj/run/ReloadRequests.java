// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import org.wgj.uapi.UapiServer;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * The requests of {@code wgj reload} to a process with several sockets: the same request, through
 * whichever of them, is one reload. Called from any thread.
 */
public final class ReloadRequests implements UapiServer.Reloading {
    private final Consumer<CompletableFuture<List<String>>> begin;
    private String last; // last and told are guarded by this
    private CompletableFuture<List<String>> told;

    /**
     * @param begin lets another thread reload, which then completes the future with the problems;
     *     must not block
     */
    public ReloadRequests(Consumer<CompletableFuture<List<String>>> begin) {
        this.begin = begin;
    }

    @Override
    public synchronized CompletableFuture<List<String>> reload(String request) {
        if (!request.equals(last)) {
            last = request;
            told = new CompletableFuture<>();
            begin.accept(told);
        }
        return told;
    }
}
