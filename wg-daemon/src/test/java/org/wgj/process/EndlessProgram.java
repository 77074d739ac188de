// SPDX-License-Identifier: Apache-2.0
package org.wgj.process;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * Ends at once, with a step that fails and one that waits for ever or, with the argument "program",
 * runs a program for longer than the bound of a second.
 */
final class EndlessProgram {
    private EndlessProgram() {}

    public static void main(String[] arguments) {
        boolean program = arguments.length > 0;
        ProcessEnd.atEnd(
                Duration.ofSeconds(1),
                () ->
                        ProcessEnd.inOrder(
                                () -> {
                                    throw new NoClassDefFoundError("lost");
                                },
                                () -> System.out.println("undone"),
                                program ? EndlessProgram::runProgram : EndlessProgram::waitForEver,
                                () -> System.out.println("over")));
    }

    private static void waitForEver() {
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void runProgram() {
        ProcessEnd.programBegins();
        try {
            Thread.sleep(Duration.ofSeconds(3));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            ProcessEnd.programEnded();
        }
    }
}
