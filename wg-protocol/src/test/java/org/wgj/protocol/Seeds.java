// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;

/**
 * Gives tests a new random seed in each run and names it when a test fails; {@code -Dwgj.seed=}
 * repeats the run.
 */
@SuppressWarnings("exports") // tests run on the class path, so JUnit need not be re-exported
public final class Seeds
        implements TestInstancePreConstructCallback, TestExecutionExceptionHandler {
    private static final String PROPERTY = "wgj.seed";

    private static long first = newSeed();
    private static long taken;

    /** Created by JUnit. */
    public Seeds() {}

    /** Returns a seed that no other call in this test gets. */
    public static long next() {
        return first + taken++;
    }

    private static long newSeed() {
        return Long.getLong(PROPERTY, System.nanoTime() & 0xffff_ffffL);
    }

    @Override
    public void preConstructTestInstance(
            TestInstanceFactoryContext factory, ExtensionContext context) {
        first = newSeed();
        taken = 0;
    }

    @Override
    public void handleTestExecutionException(ExtensionContext context, Throwable failure)
            throws Throwable {
        failure.addSuppressed(
                new AssertionError("to see it again: -D" + PROPERTY + "=" + Seeds.first));
        throw failure;
    }
}
