// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import java.io.PrintWriter;

/** Receives what the user should see while interfaces come up and go down. */
public interface Output {
    /**
     * @param command the next step, as an equivalent command line
     */
    void step(String command);

    /**
     * @param message a problem that does not stop the operation
     */
    void warn(String message);

    /**
     * @param message an order of the user that could not be carried out; never left out
     */
    default void error(String message) {
        warn(message);
    }

    /** Prints as {@code wg-quick} does: {@code [#] command} and {@code [!] message}. */
    static Output to(PrintWriter writer) {
        return new Output() {
            @Override
            public void step(String command) {
                print("[#] " + command);
            }

            @Override
            public void warn(String message) {
                print("[!] " + message);
            }

            private void print(String line) {
                writer.println(line);
                writer.flush(); // since hooks and programs print in between
            }
        };
    }
}
