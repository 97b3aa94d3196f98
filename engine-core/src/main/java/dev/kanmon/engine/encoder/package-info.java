/**
 * The blocks that encoders are made of. A block names its formula; rows are tokens. Memory comes from a
 * {@link dev.kanmon.engine.encoder.Workspace} that the call borrows, work is spread by
 * {@link dev.kanmon.engine.encoder.Parallel}.
 */
package dev.kanmon.engine.encoder;
