// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.tunnel.text.FileMistake;

import java.io.IOException;

/** A file of the proxy cannot be understood. The message never repeats a value. */
public final class ProxyFileException extends IOException {
    private static final long serialVersionUID = 1;

    /**
     * @param source the file
     * @param line from 1; 0 if the mistake is not in one line
     * @param sectionOrNull as the file spells it
     * @param keyOrNull as the documentation spells it
     * @param reason what is wrong or was expected
     */
    ProxyFileException(
            String source, int line, String sectionOrNull, String keyOrNull, String reason) {
        super(FileMistake.message(source, line, sectionOrNull, keyOrNull, reason));
    }
}
