//! What only this twin promises: topics as they must be, installations beside each other, brokers that do not answer.
