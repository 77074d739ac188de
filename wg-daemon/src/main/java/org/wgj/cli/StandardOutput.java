// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;

/**
 * Notices that standard output could not be written. {@code System.out} swallows such failures, and
 * a key or a configuration that never reached its file would pass for a success.
 */
final class StandardOutput extends FilterOutputStream {
    /** Written once, before any command runs. */
    private static StandardOutput installed;

    private IOException failure;
    private boolean excused;

    private StandardOutput(OutputStream out) {
        super(out);
    }

    /** Puts it in the place of {@code System.out}. */
    static StandardOutput install() {
        StandardOutput output = over(new FileOutputStream(FileDescriptor.out));
        System.setOut(
                new PrintStream(new BufferedOutputStream(output), true, System.out.charset()));
        installed = output;
        return output;
    }

    /** Returns the exit code that a process tells now which then goes on; see {@link #exit}. */
    static int exitOfNow(int status) {
        return installed == null ? status : installed.exit(status, System.err);
    }

    /** Returns one that writes to a stream. */
    static StandardOutput over(OutputStream out) {
        return new StandardOutput(out);
    }

    /** Notes that the command fails and says why itself: another line would hide that one. */
    static void excuse() {
        if (installed != null) {
            installed.beExcused();
        }
    }

    synchronized void beExcused() {
        excused = true;
    }

    @Override
    public synchronized void write(int octet) throws IOException {
        try {
            out.write(octet);
        } catch (IOException e) {
            throw noted(e);
        }
    }

    @Override
    public synchronized void write(byte[] octets, int offset, int length) throws IOException {
        try {
            out.write(octets, offset, length);
        } catch (IOException e) {
            throw noted(e);
        }
    }

    private IOException noted(IOException e) {
        if (failure == null) {
            failure = e;
        }
        return e;
    }

    /**
     * Returns the exit code of a command that ended with {@code status}, which stays if it says
     * that something was found or is wrong already, and says what went wrong. A reader that closes
     * its end of a pipe, such as {@code head}, has what it wanted.
     */
    synchronized int exit(int status, PrintStream err) {
        if (failure == null || excused || "Broken pipe".equals(failure.getMessage())) {
            return status;
        }
        err.println(
                "wgj: standard output cannot be written, so that what the command printed is lost: "
                        + failure.getMessage());
        return status == 0 ? 1 : status;
    }
}
