// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Runs probes in parallel. {@link #close} waits for them and hands over the results, on the
 * caller's thread and in the order of the calls.
 */
final class ParallelProbes implements AutoCloseable {
    private static final int THREADS = 16;

    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final List<Runnable> results = new ArrayList<>();

    <T> void run(Supplier<T> work, Consumer<T> result) {
        Future<T> future = threads.submit(work::get);
        results.add(() -> result.accept(await(future)));
    }

    private static <T> T await(Future<T> future) {
        try {
            return future.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while probing", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }

    @Override
    public void close() {
        try {
            results.forEach(Runnable::run);
        } finally {
            threads.shutdownNow();
        }
    }
}
