// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import java.io.PrintWriter;

/** What the user is told while interfaces come up and go down. */
public interface Output {
    /**
     * @param command what is done next, as the command line that would do the same
     */
    void step(String command);

    /**
     * @param message something that is not as it should be, and goes on nevertheless
     */
    void warn(String message);

    /** As {@code wg-quick} prints it: {@code [#] command} and {@code [!] message}. */
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
                writer.flush(); // hooks and programs print in between
            }
        };
    }
}
